/** A checkpoint's matrices in four bits, from a file beside it that is written where it is missing. */
import { statfs } from 'node:fs/promises'
import { Failure, messageOf } from '#contract'
import type { Qwen2Checkpoint } from '#models/checkpoints/qwen2-folder.ts'
import { type FourBit, matricesOf, openFourBit } from '#models/four-bit/four-bit.ts'
import { fourBitFile } from '#models/four-bit/four-bit-file.ts'
import { qwen2 } from '#models/networks/qwen2.ts'
import type { LoadProgress } from './messages.ts'

export interface FourBitsOptions {
  /** The checkpoint's own where absent. */
  readonly fourBitFolder?: string | undefined
  readonly onRounded: (share: LoadProgress) => void
}

/** Throws `configuration-invalid` where the folder takes no file, `checkpoint-invalid` where the file is damaged. */
export async function fourBitsOf(
  { path, config, weight }: Qwen2Checkpoint,
  { fourBitFolder: folder = path, onRounded }: FourBitsOptions,
): Promise<FourBit> {
  const matrices = matricesOf((graph) => qwen2(graph, config))
  const file = await fourBitFile({ weight }, matrices, { folder, onProgress: onRounded }).catch(
    async (cause) => {
      throw cause instanceof Failure ? cause : await unwritten(folder, cause)
    },
  )
  return await openFourBit(file)
}

async function unwritten(folder: string, cause: unknown): Promise<Failure> {
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
  const room = free === undefined ? '' : `, ${(free / 1e9).toFixed(1)} GB free`
  const message = `The weights in four bits cannot be written to ${folder} (${messageOf(cause)}${room}). Set QWEN_FOUR_BIT_FOLDER to a folder on a disk with room, or QWEN_WEIGHTS=full.`
  return new Failure('configuration-invalid', message, { cause })
}
