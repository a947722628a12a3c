/** The room that is left for an enhancer beside an engine: on the card that both share, or in the machine's memory. */
import { totalmem } from 'node:os'
import type { Device } from '#worker/engine/session.ts'
import { LEAST_ENGINE_BYTES } from '#worker/engine/sizes-kept.ts'
import { askNvidiaSmi, type SmiAnswer } from '#worker/gpu/nvidia-smi.ts'
import type { Room } from './qwen-size.ts'

/** Undefined where nobody knows. @param gpu as nvidia-smi numbers it, if it is known which is used. */
export async function roomBesideEngine(device: Device, gpu?: number): Promise<Room | undefined> {
  if (device === 'cpu') return roomInMemory(totalmem(), process.constrainedMemory())
  return device === 'cuda' ? roomOnCard(await askNvidiaSmi(gpu)) : undefined
}

/** Of several GPUs, any of which may be the one, that with the least free memory counts. */
export function roomOnCard(answer: SmiAnswer): Room | undefined {
  if (answer.kind !== 'gpus') return undefined
  const known = answer.gpus.flatMap(({ freeMemory }) => freeMemory ?? [])
  if (known.length < answer.gpus.length) return undefined
  const free = Math.min(...known)
  const engine = gigabytes(LEAST_ENGINE_BYTES)
  return {
    bytes: free - LEAST_ENGINE_BYTES,
    words: `the GPU has ${gigabytes(free)} free, of which SDXL takes ${engine}`,
  }
}

/** Half of it: a checkpoint's pages may be dropped and read again, but a picture's working memory may not. */
export function roomInMemory(total: number, limit: number): Room {
  // The limit is 0, or more than there is, where no container sets one.
  const memory = limit > 0 && limit < total ? limit : total
  return { bytes: memory / 2, words: `half of the memory, ${gigabytes(memory)}` }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
