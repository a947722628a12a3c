/** What SDXL is told beside the prompt: the pooled text, the picture's size, and where it was cropped. */
import type { UNetConfig } from '#models/networks/unet.ts'
import { sinusoid } from './sinusoid.ts'

/** diffusers' defaults for networks that take an aesthetic score, as the refiner does. */
const AESTHETIC_SCORE = { prompt: 6, negative: 2.5 } as const

/**
 * The vector [2816] beside the prompt: pooled, then original size, crop and target size, height before
 * width (SDXL, section 2.2). The picture counts as uncropped and as large as it is made.
 */
export function conditioning(
  pooled: Float32Array,
  { height, width, role }: { height: number; width: number; role: 'prompt' | 'negative' },
  { conditioningWidth, timeIdWidth }: UNetConfig,
): Float32Array {
  const count = (conditioningWidth - pooled.length) / timeIdWidth
  const origin = [height, width, 0, 0]
  const ids = count === 5 ? [...origin, AESTHETIC_SCORE[role]] : [...origin, height, width]
  const vector = new Float32Array(conditioningWidth)
  vector.set(pooled)
  ids.forEach((id, i) => {
    vector.set(sinusoid(id, timeIdWidth), pooled.length + i * timeIdWidth)
  })
  return vector
}
