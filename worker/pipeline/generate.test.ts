import { beforeAll, describe, expect, test } from 'vitest'
import { type Asked, LAST_SEED, type Mode, plan } from '#contract'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { sdxlUNet } from '#models/networks/unet.ts'
import { sdxlVae } from '#models/networks/vae.ts'
import { BIG_G_PAD, type ClipTokenizer, loadClipTokenizer } from '#models/tokenizers/clip.ts'
import { type GenerationRequest, generate } from './generate.ts'
import type { DenoiserInputs, Networks } from './networks.ts'
import { encodePrompts } from './prompt/encode-prompts.ts'
import { toyTextEncoder } from './prompt/goldens/toy-text-encoder.ts'
import { guidanceEmbedding, sinusoid } from './sinusoid.ts'
import type { Progress } from './stages.ts'

const SIDE = 16

/** As wide as the toy encoders are: prompts of 4 + 6, a pooled prompt of 6, and six numbers of 2. */
const unet = {
  ...sdxlUNet,
  channels: [8],
  contextWidth: 10,
  timeIdWidth: 2,
  conditioningWidth: 18,
}

let tokenizers: [ClipTokenizer, ClipTokenizer]
beforeAll(() => {
  tokenizers = [loadClipTokenizer(), loadClipTokenizer({ pad: BIG_G_PAD })]
})

/** Networks made by hand, and what they were asked. */
function handMade(given: Partial<Networks> = {}) {
  const asked = { noise: [] as DenoiserInputs[], encoded: 0, decoded: 0 }
  const textEncoders = [toyTextEncoder(tokenizers[0], 4), toyTextEncoder(tokenizers[1], 6)] as const
  const networks: Networks = {
    unet,
    vae: sdxlVae,
    scheduler: sdxlSchedulerConfig,
    zeroEmptyNegative: true,
    textEncoders,
    async predictNoise(inputs) {
      asked.noise.push(inputs)
      return inputs.sample.map((value) => value / 2)
    },
    async encodeImage(_, { height, width }) {
      asked.encoded++
      return new Float32Array(8 * height * width)
    },
    async decodeLatents(_, { height, width }) {
      asked.decoded++
      return new Float32Array(3 * 64 * height * width)
    },
    ...given,
  }
  return { networks, asked }
}

function request(mode: Mode, wanted: Asked = {}): GenerationRequest {
  const planned = plan(mode, { prompt: 'a cat', steps: 4, ...wanted }, 3)
  const size = { width: SIDE, height: SIDE }
  if (mode === 'txt2img') return { ...planned, ...size }
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => i % 256)
  return { ...planned, ...size, reference: { ...size, data } }
}

test('a denoise strength of 0 is the reference itself, and no network runs', async () => {
  const none = (): never => expect.unreachable()
  const deaf = { ...toyTextEncoder(tokenizers[0], 4), encode: none }
  const { networks } = handMade({
    predictNoise: none,
    encodeImage: none,
    decodeLatents: none,
    textEncoders: [deaf, deaf],
  })
  const asked = request('modify', { denoiseStrength: 0, images: 2 })
  const { images, effective } = await generate(networks, asked)
  expect(images).toEqual([3, 4].map((seed) => ({ seed, image: asked.reference })))
  expect(effective).toMatchObject({ startingSigma: 0, networkRuns: 0 })
})

describe('guidance', () => {
  test('of 1 never runs the UNet on a negative prompt', async () => {
    const { networks, asked } = handMade()
    await generate(networks, request('modify', { guidanceScale: 1, negativePrompt: 'dog' }))
    expect(asked.noise).toHaveLength(2)
    const { prompt } = await encodings(networks, 'a cat', null)
    for (const inputs of asked.noise) expect(inputs.prompt).toEqual(prompt.hidden)
  })

  test('above 1 runs it on the negative prompt and on the prompt, with the latents alike', async () => {
    const { networks, asked } = handMade()
    await generate(networks, request('modify', { negativePrompt: 'dog' }))
    const { prompt, negative } = await encodings(networks, 'a cat', 'dog')
    const prompts = [negative?.hidden, prompt.hidden]
    expect(asked.noise.map((inputs) => inputs.prompt)).toEqual([...prompts, ...prompts])
    expect(asked.noise[0]?.sample).toEqual(asked.noise[1]?.sample)
    expect(asked.noise.some((inputs) => 'guidance' in inputs)).toBe(false)
  })

  test('away from no negative prompt is away from zeros, where the checkpoint says so', async () => {
    const { networks, asked } = handMade()
    await generate(networks, request('modify'))
    expect(new Set(asked.noise[0]?.prompt)).toEqual(new Set([0]))
    expect(new Set(asked.noise[0]?.conditioning.subarray(0, 6))).toEqual(new Set([0]))
    const other = handMade({ zeroEmptyNegative: false })
    await generate(other.networks, request('modify'))
    const { negative } = await encodings(other.networks, 'a cat', '')
    expect(other.asked.noise[0]?.prompt).toEqual(negative?.hidden)
  })

  test('is an input of a network that was distilled with it, which runs once a step', async () => {
    const { networks, asked } = handMade({ unet: { ...unet, guidanceEmbeddingWidth: 16 } })
    await generate(networks, request('modify', { guidanceScale: 7.5, negativePrompt: 'dog' }))
    expect(asked.noise).toHaveLength(2)
    for (const inputs of asked.noise) expect(inputs.guidance).toEqual(guidanceEmbedding(7.5, 16))
  })

  test('on part of the schedule runs the UNet once where it is off', async () => {
    const { networks, asked } = handMade()
    const { prompt, negative } = await encodings(networks, 'a cat', 'dog')
    const [off, on] = [[prompt.hidden], [negative?.hidden, prompt.hidden]]
    const wanted = { guidanceInterval: [0.25, 0.75], negativePrompt: 'dog' } as const
    const drawn = await generate(networks, request('txt2img', wanted))
    expect(asked.noise.map((inputs) => inputs.prompt)).toEqual([off, on, on, off].flat())
    expect(drawn.effective.networkRuns).toBe(6)

    // Of 4 steps at half a strength the third and the fourth run.
    const other = handMade()
    const modified = await generate(other.networks, request('modify', wanted))
    expect(other.asked.noise.map((inputs) => inputs.prompt)).toEqual([on, off].flat())
    expect(modified.effective.networkRuns).toBe(3)
  })

  test('on a part that does not run is none: no negative prompt is encoded', async () => {
    const { networks, asked } = handMade()
    const long = 'dog '.repeat(100)
    const wanted = { guidanceInterval: [0, 0.5], negativePrompt: long } as const
    const { effective } = await generate(networks, request('modify', wanted))
    expect(asked.noise).toHaveLength(2)
    expect(effective).toMatchObject({ networkRuns: 2, promptWindows: 1 })
  })

  test('on part of the schedule is no matter to a network that takes it as an input', async () => {
    const { networks, asked } = handMade({ unet: { ...unet, guidanceEmbeddingWidth: 16 } })
    const wanted = { guidanceScale: 7.5, guidanceInterval: [0.5, 0.75] } as const
    const { effective } = await generate(networks, request('txt2img', wanted))
    for (const inputs of asked.noise) expect(inputs.guidance).toEqual(guidanceEmbedding(7.5, 16))
    expect(effective.networkRuns).toBe(4)
  })
})

test('the UNet is told timestep, pooled prompt and size', async () => {
  const { networks, asked } = handMade()
  await generate(networks, request('modify', { guidanceScale: 1 }))
  // The second half of the 4 steps 751, 501, 251, 1.
  expect(asked.noise.map(({ timestep }) => timestep)).toEqual([sinusoid(251, 8), sinusoid(1, 8)])
  const { prompt } = await encodings(networks, 'a cat', null)
  const sizes = [SIDE, SIDE, 0, 0, SIDE, SIDE].flatMap((id) => [...sinusoid(id, 2)])
  expect([...(asked.noise[0]?.conditioning ?? [])]).toEqual([...prompt.pooled, ...sizes])
})

test('a reference is encoded once for all pictures, and none is where there is no reference', async () => {
  const modify = handMade()
  await generate(modify.networks, request('modify', { images: 3, guidanceScale: 1 }))
  expect(modify.asked).toMatchObject({ encoded: 1, decoded: 3 })
  expect(modify.asked.noise).toHaveLength(6)
  const txt2img = handMade()
  await generate(txt2img.networks, request('txt2img', { guidanceScale: 1 }))
  expect(txt2img.asked).toMatchObject({ encoded: 0, decoded: 1 })
  expect(txt2img.asked.noise).toHaveLength(4)
})

test('each picture has its own noise, and that of its seed alone', async () => {
  const samples = async (wanted: Asked) => {
    const { networks, asked } = handMade()
    await generate(networks, request('modify', { guidanceScale: 1, steps: 1, ...wanted }))
    return asked.noise.map(({ sample }) => sample)
  }
  const [first, second] = await samples({ seed: 3, images: 2, denoiseStrength: 1 })
  expect(second).not.toEqual(first)
  expect(await samples({ seed: 4, denoiseStrength: 1 })).toEqual([second])
})

test('after the last seed comes 0, in what is reported and in the pictures', async () => {
  const { networks, asked } = handMade()
  const wanted = { guidanceScale: 1, steps: 1, denoiseStrength: 1 }
  const last = request('modify', { ...wanted, seed: LAST_SEED, images: 6 })
  const { images } = await generate(networks, last)
  expect(images.map(({ seed }) => seed)).toEqual([LAST_SEED, 0, 1, 2, 3, 4])
  const first = handMade()
  await generate(first.networks, request('modify', { ...wanted, seed: 0, images: 5 }))
  expect(asked.noise.slice(1)).toEqual(first.asked.noise)
})

test('what ran is reported: where the schedule was entered, and what became of the prompt', async () => {
  const { networks } = handMade()
  const long = 'cat '.repeat(100)
  const { effective, timings } = await generate(networks, request('modify', { prompt: long }))
  expect(effective).toEqual({
    startingSigma: expect.closeTo(0.6983986, 6),
    networkRuns: 4,
    promptTokens: 100,
    promptWindows: 2,
    promptTruncated: false,
  })
  const cut = await generate(networks, request('copy', { prompt: long, windows: 1 }))
  expect(cut.effective).toMatchObject({
    promptTokens: 100,
    promptWindows: 1,
    promptTruncated: true,
  })
  expect(Object.keys(timings)).toEqual(['prompt', 'encode', 'denoise', 'decode'])
  for (const time of Object.values(timings)) expect(time).toBeGreaterThan(0)
})

test('an aborted run throws the reason, and evaluates no more', async () => {
  const { networks, asked } = handMade()
  const controller = new AbortController()
  const reason = new Error('the client left')
  const onProgress = ({ done }: Progress) => {
    // As a message does, which arrives when the event loop turns.
    if (done === 2) setImmediate(() => controller.abort(reason))
  }
  const run = generate(networks, request('txt2img', { guidanceScale: 1, images: 2 }), {
    signal: controller.signal,
    onProgress,
  })
  await expect(run).rejects.toBe(reason)
  expect(asked.noise).toHaveLength(2)
  expect(asked.decoded).toBe(0)
})

const encodings = ({ textEncoders }: Networks, prompt: string, negativePrompt: string | null) =>
  encodePrompts(textEncoders, {
    prompt,
    negativePrompt,
    syntax: 'none',
    zeroEmptyNegative: true,
    guided: true,
  })
