/** Runs one golden case through our networks or pipeline, and measures how far the result is from it. */
import { plan } from '#contract'
import { generate } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'
import { createScheduler } from '#pipeline/schedulers/scheduler.ts'
import { sinusoid } from '#pipeline/sinusoid.ts'
import { psnr, relativeError } from './distance.ts'
import type { CaseOf, GoldenCase, Goldens } from './goldens.ts'

export interface Distance {
  /** The largest, over all that the case records as real numbers. */
  readonly relativeError: number
  /** Of pictures only. */
  readonly psnr?: number
}

export async function runCase(
  networks: Networks,
  goldens: Goldens,
  golden: GoldenCase,
): Promise<Distance> {
  switch (golden.kind) {
    case 'text_encoder':
    case 'text_encoder_2':
      return runTextEncoder(networks, goldens, golden)
    case 'unet':
      return runUNet(networks, goldens, golden)
    case 'vae_encoder':
    case 'vae_decoder':
      return runVae(networks, goldens, golden)
    case 'noise_schedule':
      return runNoiseSchedule(networks, golden)
    case 'image':
      return runImage(networks, goldens, golden)
  }
}

async function runTextEncoder(
  { textEncoders }: Networks,
  goldens: Goldens,
  { name, kind, ids, mask }: CaseOf<'text_encoder' | 'text_encoder_2'>,
): Promise<Distance> {
  const encoder = textEncoders[kind === 'text_encoder' ? 0 : 1]
  const { hidden, pooled } = await encoder.encode(ids, mask?.map(Boolean))
  return furthest([
    relativeError(hidden, goldens.tensor(`${name}.hidden`).data),
    pooled ? relativeError(pooled, goldens.tensor(`${name}.pooled`).data) : 0,
  ])
}

async function runUNet(
  networks: Networks,
  goldens: Goldens,
  { name, timestep, time_ids, ...size }: CaseOf<'unet'>,
): Promise<Distance> {
  const { unet, vae } = networks
  const pixels = 2 ** (vae.channels.length - 1)
  const pooled = floats(goldens, `${name}.pooled`)
  const conditioning = [...pooled, ...time_ids.flatMap((id) => [...sinusoid(id, unet.timeIdWidth)])]
  const noise = await networks.predictNoise(
    {
      sample: floats(goldens, `${name}.sample`),
      timestep: sinusoid(timestep, unet.channels[0] ?? 0),
      prompt: floats(goldens, `${name}.context`),
      conditioning: Float32Array.from(conditioning),
    },
    { height: size.height / pixels, width: size.width / pixels },
  )
  return furthest([relativeError(noise, floats(goldens, `${name}.output`))])
}

async function runVae(
  networks: Networks,
  goldens: Goldens,
  { name, kind, ...size }: CaseOf<'vae_encoder' | 'vae_decoder'>,
): Promise<Distance> {
  const pixels = 2 ** (networks.vae.channels.length - 1)
  const area = { height: size.height / pixels, width: size.width / pixels }
  if (kind === 'vae_encoder') {
    const moments = await networks.encodeImage(floats(goldens, `${name}.image`), area)
    return furthest([relativeError(moments, floats(goldens, `${name}.moments`))])
  }
  const image = await networks.decodeLatents(floats(goldens, `${name}.latents`), area)
  return furthest([relativeError(image, floats(goldens, `${name}.output`))])
}

function runNoiseSchedule(
  networks: Networks,
  { scheduler: name, steps, timesteps, sigmas, init_noise_sigma }: CaseOf<'noise_schedule'>,
): Distance {
  const scheduler = createScheduler(name, steps, networks.scheduler)
  // diffusers lists the final sigma too, which is where the last step ends.
  const started = sigmas?.slice(0, steps)
  return furthest([
    relativeError(scheduler.timesteps, timesteps),
    started ? relativeError(scheduler.sigmas.slice(0, steps), started) : 0,
    relativeError([scheduler.initialNoiseScale], [init_noise_sigma]),
  ])
}

async function runImage(
  networks: Networks,
  goldens: Goldens,
  golden: CaseOf<'image'>,
): Promise<Distance> {
  const { name, mode, width, height } = golden
  const asked = {
    prompt: golden.prompt,
    negativePrompt: golden.negative_prompt,
    promptSyntax: golden.prompt_syntax,
    steps: golden.steps,
    denoiseStrength: golden.denoise,
    guidanceInterval: golden.guidance_interval,
    scheduler: golden.scheduler,
    images: golden.num_images,
  }
  const planned = plan(mode === 'img2img' ? 'modify' : 'txt2img', asked, golden.seed)
  const reference = mode === 'img2img' && {
    reference: { width, height, data: bytes(goldens, golden.reference ?? `${name}.reference`) },
  }
  const request = { ...planned, guidanceScale: golden.guidance, width, height, ...reference }
  const { images } = await generate(networks, request)
  const pixels = Buffer.concat(images.map(({ image }) => image.data))
  const latents = images.flatMap((image) => [...(image.latents ?? [])])
  return {
    relativeError: relativeError(latents, floats(goldens, `${name}.latents`)),
    psnr: psnr(pixels, bytes(goldens, `${name}.images`)),
  }
}

const furthest = (errors: readonly number[]): Distance => ({ relativeError: Math.max(...errors) })

function floats(goldens: Goldens, name: string): Float32Array {
  const { data } = goldens.tensor(name)
  if (data instanceof Float32Array) return data
  throw new Error(`${name} is not of type F32`)
}

function bytes(goldens: Goldens, name: string): Uint8Array {
  const { data } = goldens.tensor(name)
  if (data instanceof Uint8Array) return data
  throw new Error(`${name} is not of type U8`)
}
