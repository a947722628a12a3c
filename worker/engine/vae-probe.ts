/**
 * Whether a VAE may compute in half. The original SDXL VAE overflows in float16, ones mended for it do not,
 * and most files do not say which they hold: so one picture goes through in both precisions.
 */
import type { Precision } from '#models/graph/graph.ts'
import { downscale, type VaeConfig } from '#models/networks/vae.ts'
import { allFinite } from '#pipeline/all-finite.ts'
import type { Autoencoder, LatentArea } from '#pipeline/networks.ts'
import type { VaeSessions } from './vae-sessions.ts'

/** What half may lose: as much as any network of ours may between float16 and float32. */
const LEAST_DECIBELS = 40

export interface Probed {
  readonly sessions: VaeSessions
  /** What was found, in a sentence. */
  readonly note?: string
}

/**
 * Opens a VAE in the precision that it can bear; what was opened beside it is closed again. Where its
 * config says that half is safe (`force_upcast: false`) it only has to stay finite, which costs no session
 * but the two that remain.
 */
export async function probeVae(
  open: (precision: Precision) => VaeSessions,
  config: VaeConfig,
  area: LatentArea,
): Promise<Probed> {
  const half = open('float16')
  const picture = await thereAndBack(half, config, area)
  if (!allFinite(picture)) {
    await half.close()
    return { sessions: open('float32'), note: 'These weights overflow in float16.' }
  }
  if (config.halfSafe) return { sessions: half }
  const full = open('float32')
  const decibels = psnr(picture, await thereAndBack(full, config, area))
  const note = `A picture in float16 is ${decibels.toFixed(1)} dB from the same in float32.`
  const [sessions, loser] = decibels >= LEAST_DECIBELS ? [half, full] : [full, half]
  await loser.close()
  return { sessions, note }
}

/** The probe picture, encoded and decoded again. */
async function thereAndBack(
  vae: Autoencoder,
  config: VaeConfig,
  area: LatentArea,
): Promise<Float32Array> {
  const pixels = downscale(config)
  const picture = probePicture(area.height * pixels, area.width * pixels)
  const moments = await vae.encodeImage(picture, area)
  // The means without a draw.
  const latents = moments.slice(0, config.latentChannels * area.height * area.width)
  return vae.decodeLatents(latents, area)
}

/** [3, height, width] in [-1, 1], a quarter each: gradients, noise, a chequerboard, bars of pure colours. */
export function probePicture(height: number, width: number): Float32Array {
  const picture = new Float32Array(3 * height * width)
  for (let i = 0; i < picture.length; i++) {
    const channel = Math.floor(i / (height * width))
    const [y, x] = [Math.floor(i / width) % height, i % width]
    const quarter = (2 * y < height ? 0 : 2) + (2 * x < width ? 0 : 1)
    picture[i] = quarters[quarter]?.({ channel, y, x, i, height, width }) ?? 0
  }
  return picture
}

interface Spot {
  readonly channel: number
  readonly y: number
  readonly x: number
  /** Counts values, over all channels. */
  readonly i: number
  readonly height: number
  readonly width: number
}

const quarters: readonly ((spot: Spot) => number)[] = [
  ({ channel, y, x, height, width }) =>
    2 * ([(2 * x) / width, (2 * y) / height, x / width + y / height][channel] ?? 0) - 1,
  ({ i }) => ((i * 7919) % 1009) / 504 - 1,
  ({ y, x }) => (((y >> 3) + (x >> 3)) % 2 ? 1 : -1),
  ({ channel, x }) => (((x >> 4) >> channel) % 2 ? 1 : -1),
]

/** Of pictures in [-1, 1], in decibels; not a number where either is not finite. */
function psnr(picture: Float32Array, reference: Float32Array): number {
  const squares = reference.reduce((sum, value, i) => sum + (value - (picture[i] ?? 0)) ** 2, 0)
  return 10 * Math.log10((2 ** 2 * reference.length) / squares)
}
