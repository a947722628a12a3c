/** Pixels to latents and back: what surrounds the VAE. */
import type { RgbImage } from '#contract'
import { downscale } from '#models/networks/vae.ts'
import { allFinite } from './all-finite.ts'
import type { LatentArea, Networks } from './networks.ts'
import type { Generator } from './random.ts'

/** Mean and log variance of a picture's latents, [8, height, width], before any draw. */
export async function encodeReference(networks: Networks, image: RgbImage): Promise<Float32Array> {
  const moments = await networks.encodeImage(toPlanes(image), areaOf(networks, image))
  if (!allFinite(moments)) throw new Error(notFinite('The encoded reference', THE_VAE))
  return moments
}

/** Draws latents [4, height, width] from the VAE's posterior and scales them as the UNet knows them. */
export function samplePosterior(
  { vae }: Networks,
  moments: Float32Array,
  random: Generator,
): Float32Array {
  const count = moments.length / 2
  const noise = random.normal(count)
  const { scale, shift } = normalisation(vae, count)
  return noise.map((value, i) => {
    const logVariance = Math.min(20, Math.max(-30, moments[count + i] ?? 0))
    const deviation = Math.fround(Math.exp(Math.fround(0.5 * logVariance)))
    const sample = Math.fround((moments[i] ?? 0) + Math.fround(deviation * value))
    return (sample - shift(i)) * scale(i)
  })
}

/** Latents as the UNet knows them to a picture. Throws where either has values that are not finite, and says whose they are. */
export async function decodePicture(
  networks: Networks,
  latents: Float32Array,
  area: LatentArea,
): Promise<RgbImage> {
  if (!allFinite(latents)) throw new Error(notFinite('What was drawn', THE_OTHERS))
  const { scale, shift } = normalisation(networks.vae, latents.length)
  const unscaled = latents.map((value, i) => value / scale(i) + shift(i))
  const pixels = downscale(networks.vae)
  const size = { width: area.width * pixels, height: area.height * pixels }
  return fromPlanes(await networks.decodeLatents(unscaled, area), size)
}

export function areaOf({ vae }: Networks, { width, height }: { width: number; height: number }) {
  const pixels = downscale(vae)
  return { height: height / pixels, width: width / pixels }
}

/** (latents − shift) · scale per channel: one number for SDXL, a mean and deviation for some finetunes. */
function normalisation(
  { scalingFactor, latentsMean, latentsStd, latentChannels }: Networks['vae'],
  count: number,
) {
  const plane = count / latentChannels
  const channel = (i: number) => Math.floor(i / plane)
  const scale = (i: number) => scalingFactor / (latentsStd?.[channel(i)] ?? 1)
  const shift = (i: number) => latentsMean?.[channel(i)] ?? 0
  return latentsMean && latentsStd
    ? { scale, shift }
    : { scale: () => scalingFactor, shift: () => 0 }
}

/** What each level of a pixel is in [-1, 1]. */
const LEVELS = Float32Array.from({ length: 256 }, (_, level) => 2 * Math.fround(level / 255) - 1)

/** 8-bit RGB pixels to planes [3, height, width] in [-1, 1]. */
function toPlanes({ data, width, height }: RgbImage): Float32Array {
  const area = width * height
  const planes = new Float32Array(area * 3)
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * area
    for (let i = 0; i < area; i++) planes[plane + i] = LEVELS[data[i * 3 + channel]!]!
  }
  return planes
}

/** The inverse of toPlanes. A clamped array rounds halves to even, as numpy does. */
function fromPlanes(
  planes: Float32Array,
  { width, height }: { width: number; height: number },
): RgbImage {
  if (!allFinite(planes)) throw new Error(notFinite('The decoded picture', THE_VAE))
  const area = width * height
  const data = new Uint8ClampedArray(area * 3)
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * area
    for (let i = 0; i < area; i++) {
      data[i * 3 + channel] = Math.fround(Math.fround(planes[plane + i]! * 0.5 + 0.5) * 255)
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) }
}

const notFinite = (what: string, why: string): string =>
  `${what} has values that are not finite: ${why}.`

const THE_VAE =
  'the VAE is damaged, or overflows in the precision it ran in; put another beside the checkpoint as NAME.vae.safetensors'

const THE_OTHERS =
  'the weights of the UNet, of a text encoder or of a LoRA are damaged, or overflow in the precision they ran in'
