/** How many sizes of picture a device is kept ready for: a session each, as its free memory allows. */
import { askNvidiaSmi, type SmiAnswer } from '#worker/gpu/nvidia-smi.ts'
import type { Device } from './session.ts'

/**
 * Bytes of one size of SDXL at a megapixel: 5.2 GiB for the UNet, and up to 6.3 for a VAE in float32, with what
 * convolutions work in (`npm run bench -- kernels`).
 */
const BYTES_PER_SIZE = 12 * 2 ** 30
/** The text encoders, and CUDA itself. */
const BYTES_BESIDE = 3 * 2 ** 30
/** As many as SDXL was trained at. */
const MOST = 9

/** Of a card, with one size of picture: less is slow, for it then runs in tiles. */
export const LEAST_ENGINE_BYTES = BYTES_PER_SIZE + BYTES_BESIDE

/**
 * At least one. Of several GPUs, any of which may be the one, that with the least free memory counts; less what is
 * `reserved` there, in bytes.
 */
export function sizesThatFit(answer: SmiAnswer, reserved = 0): number {
  if (answer.kind !== 'gpus') return 1
  const free = answer.gpus.map(({ freeMemory = 0 }) => freeMemory)
  const forSizes = Math.min(...free) - BYTES_BESIDE - reserved
  const fitting = Math.floor(forSizes / BYTES_PER_SIZE)
  return Math.min(MOST, Math.max(1, fitting))
}

/**
 * One where planning a size costs nothing, or where nobody knows of the memory; of `gpu` as nvidia-smi numbers it, if
 * it is known which is used.
 */
export async function sizesKept(device: Device, { gpu, reserved }: OnCard = {}): Promise<number> {
  return device === 'cuda' ? sizesThatFit(await askNvidiaSmi(gpu), reserved) : 1
}

interface OnCard {
  readonly gpu?: number | undefined
  readonly reserved?: number | undefined
}
