/**
 * The MINI fixture: a checkpoint whose every weight follows from its name, and the first, last and mean
 * values that diffusers and a float64 implementation computed on it.
 */
import { readFile } from 'node:fs/promises'
import { plan, type RgbImage, type SchedulerName } from '#contract'
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'
import { generate } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'
import type { TextEncoder } from '#pipeline/prompt/text-encoder.ts'
import { createGenerator } from '#pipeline/random.ts'
import { sinusoid } from '#pipeline/sinusoid.ts'
import { conditioning } from '#pipeline/size-conditioning.ts'
import type { Result } from './parity.ts'

interface Summary {
  readonly first: readonly number[]
  readonly last: readonly number[]
  readonly mean: number
  readonly absmean: number
  readonly n: number
}

const [START, END] = [998, 999]
const POSITIVE = '5 17 321 42 7 600'
const NEGATIVE = '13 250'
const SIZE = { height: 104, width: 72 } as const

/** The fixture's own names of the schedulers that we have. */
const schedulers: Readonly<Record<string, SchedulerName>> = {
  euler: 'euler',
  euler_a: 'euler_ancestral',
  dpmpp_2m: 'dpmpp_2m',
  dpmpp_2m_karras: 'dpmpp_2m_karras',
  ddim: 'ddim',
  lcm: 'lcm',
  tcd: 'tcd',
}

export async function runMini(opened: Networks): Promise<Result[]> {
  const goldens: Record<string, Summary> = JSON.parse(
    await readFile(new URL('../../models/goldens/mini.json', import.meta.url), 'utf8'),
  )
  const [first, second] = opened.textEncoders
  const networks = { ...opened, textEncoders: [spelled(first, END), spelled(second, 0)] as const }
  const results: Result[] = []
  const compare = (name: string, values: ArrayLike<number>) => {
    const golden = goldens[name]
    if (!golden) throw new Error(`mini.json has no ${name}`)
    results.push({ name, kind: 'mini', relativeError: summaryError(values, golden) })
  }

  const encode = (encoder: TextEncoder, text: string) => encoder.encode(window(encoder, text))
  for (const [suffix, text] of [
    ['pos', POSITIVE],
    ['neg', NEGATIVE],
  ] as const) {
    const g = await encode(networks.textEncoders[1], text)
    compare(`clip_l_${suffix}`, (await encode(networks.textEncoders[0], text)).hidden)
    compare(`clip_g_${suffix}`, g.hidden)
    compare(`pooled_${suffix}`, g.pooled ?? [])
  }
  await compareUNet(networks, compare)
  await compareVae(networks, compare)
  for (const [name, scheduler] of Object.entries(schedulers)) {
    for (const mode of ['img2img', 'txt2img'] as const) {
      const { images } = await generate(networks, requestOf(mode, scheduler))
      compare(`${mode}_${name}_latents`, images[0]?.latents ?? [])
    }
  }
  return results
}

function requestOf(mode: 'img2img' | 'txt2img', scheduler: SchedulerName) {
  const asked = {
    prompt: POSITIVE,
    negativePrompt: NEGATIVE,
    guidanceScale: 4.5,
    scheduler,
    ...(mode === 'img2img' ? { steps: 12, denoiseStrength: 0.6 } : { steps: 8 }),
  }
  const planned = plan(mode === 'img2img' ? 'modify' : 'txt2img', asked, 7)
  return { ...planned, ...SIZE, ...(mode === 'img2img' && { reference: picture() }) }
}

type Compare = (name: string, values: ArrayLike<number>) => void

async function compareUNet(networks: Networks, compare: Compare): Promise<void> {
  const [l, g] = networks.textEncoders
  const [narrow, wide] = [await l.encode(window(l, POSITIVE)), await g.encode(window(g, POSITIVE))]
  const prompt = new Float32Array(77 * (l.width + g.width))
  for (let token = 0; token < 77; token++) {
    const at = token * (l.width + g.width)
    prompt.set(narrow.hidden.subarray(token * l.width, (token + 1) * l.width), at)
    prompt.set(wide.hidden.subarray(token * g.width, (token + 1) * g.width), at + l.width)
  }
  for (const [height, width] of [
    [16, 16],
    [17, 13],
  ] as const) {
    const size = { height: height * 8, width: width * 8, role: 'prompt' } as const
    const inputs = {
      sample: createGenerator(1).normal(4 * height * width),
      timestep: sinusoid(501, networks.unet.channels[0] ?? 0),
      prompt,
      conditioning: conditioning(wide.pooled ?? new Float32Array(), size, networks.unet),
    }
    const noise = await networks.predictNoise(inputs, { height, width })
    compare(`unet_${height}x${width}_t501`, noise)
  }
}

async function compareVae(networks: Networks, compare: Compare): Promise<void> {
  const { data } = picture()
  const area = { height: 13, width: 9 }
  const planes = new Float32Array(data.length)
  data.forEach((value, i) => {
    planes[(i % 3) * (data.length / 3) + Math.floor(i / 3)] = (2 * value) / 255 - 1
  })
  const moments = await networks.encodeImage(planes, area)
  const half = moments.length / 2
  compare('vae_mean', moments.subarray(0, half))
  compare(
    'vae_std',
    moments.subarray(half).map((value) => Math.exp(value / 2)),
  )
  compare('vae_dec', await networks.decodeLatents(createGenerator(3).normal(468), area))
}

/** Red, green and blue are (3x + y), (2y + x) and (x + 5y), each modulo 256. */
function picture(): RgbImage {
  const { height, width } = SIZE
  const data = new Uint8Array(height * width * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set(
        [3 * x + y, 2 * y + x, x + 5 * y].map((v) => v % 256),
        (y * width + x) * 3,
      )
    }
  }
  return { ...SIZE, data }
}

/** The fixture's vocabulary has no words: a prompt is its ids, written out. */
function spelled(encoder: TextEncoder, pad: number): TextEncoder {
  const encode = (text: string) => text.split(' ').filter(Boolean).map(Number)
  const endsWord = () => true
  const tokenizer: ClipTokenizer = { encode, endsWord, startOfText: START, endOfText: END, pad }
  return { ...encoder, tokenizer }
}

function window({ tokenizer, context }: TextEncoder, text: string): number[] {
  const ids = [START, ...tokenizer.encode(text), END]
  return [...ids, ...Array(context - ids.length).fill(tokenizer.pad)]
}

/** The largest distance of first, last and mean values, relative to the mean absolute value. */
function summaryError(
  values: ArrayLike<number>,
  { first, last, mean, absmean, n }: Summary,
): number {
  const all = Array.from(values)
  if (all.length !== n) return Number.POSITIVE_INFINITY
  const average = all.reduce((sum, value) => sum + value, 0) / n
  const distances = [
    ...first.map((value, i) => Math.abs(value - (all[i] ?? 0))),
    ...last.map((value, i) => Math.abs(value - (all[n - last.length + i] ?? 0))),
    Math.abs(mean - average),
  ]
  return Math.max(...distances) / absmean
}
