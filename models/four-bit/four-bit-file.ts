/**
 * A checkpoint's matrices rounded to four bits, written once to a file of their own, so that a network of 15 GB leaves
 * room on a card for another. All else of the checkpoint is still read where it lies.
 */
import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Part } from '../checkpoints/part.ts'
import type { Weight } from '../checkpoints/weight.ts'
import { type TensorToWrite, writeSafetensors } from '../checkpoints/write-safetensors.ts'
import { BLOCK, pack } from './pack.ts'
import { storedValues } from './stored-values.ts'

export interface Matrix {
  readonly name: string
  /** [out, in]; in is a multiple of 32. */
  readonly shape: readonly [number, number]
}

export interface FourBitOptions {
  /** Where the file is looked for, and written: made where it is missing. */
  readonly folder: string
  /** Told the share that is done, above 0, up to 1. Not called where the file is there already. */
  readonly onProgress?: (share: number) => void
}

/**
 * The path of the file, which is written where it is missing. Its name has the checkpoint's identity, so that another
 * checkpoint, or another version of this one, gets a file of its own; it has that name once it is whole. What a killed
 * run left is removed.
 */
export async function fourBitFile(
  { weight }: Pick<Part<unknown>, 'weight'>,
  matrices: readonly Matrix[],
  { folder, onProgress }: FourBitOptions,
): Promise<string> {
  const found = matrices.map(({ name, shape }) => ({ name, shape, weight: weight(name, shape) }))
  const path = join(folder, `four-bit-${await identityOf(found)}.safetensors`)
  if (await exists(path)) return path
  await mkdir(folder, { recursive: true })
  await removeForgotten(folder)
  const all = found.reduce((sum, { shape: [to, from] }) => sum + to * from, 0)
  let done = 0
  const onPacked = (values: number) => {
    done += values
    onProgress?.(done / all)
  }
  // Two processes may be at it.
  const unfinished = `${path}.${randomUUID()}${UNFINISHED}`
  try {
    await writeSafetensors(
      unfinished,
      found.flatMap((one) => tensorsOf(one, onPacked)),
    )
    // On the disk before it has its name: a file of this name is whole, whatever happened.
    const file = await open(unfinished)
    await file.sync().finally(() => file.close())
    await rename(unfinished, path)
  } finally {
    await rm(unfinished, { force: true })
  }
  return path
}

const UNFINISHED = '.unfinished'

/** No run is so slow that it writes nothing for so long: 10 minutes. */
const FORGOTTEN_MS = 600_000

async function removeForgotten(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith('four-bit-') && name.endsWith(UNFINISHED),
  )
  for (const name of names) {
    const path = join(folder, name)
    // One that is gone by now has become the file, or was removed by whoever wrote it.
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > FORGOTTEN_MS) await rm(path, { force: true })
  }
}

interface Found extends Matrix {
  readonly weight: Weight
}

/** Names, shapes and places of the matrices, and the files' sizes and times. */
async function identityOf(found: readonly Found[]): Promise<string> {
  const hash = createHash('sha256').update('four-bit 2\n')
  const files = new Set<string>()
  for (const { name, shape, weight } of found) {
    const { type, bytes } = weight
    const place = bytes instanceof Uint8Array ? 'inside' : `${basename(bytes.file)} ${bytes.offset}`
    if (!(bytes instanceof Uint8Array)) files.add(bytes.file)
    hash.update(`${name} ${shape} ${type} ${place}\n`)
  }
  for (const file of [...files].sort()) {
    const { size, mtimeMs } = await stat(file)
    hash.update(`${basename(file)} ${size} ${Math.floor(mtimeMs)}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Both of a matrix are made when the first is asked for: writing is in order. */
function tensorsOf(
  { name, shape: [to, from], weight }: Found,
  onPacked: (values: number) => void,
): TensorToWrite[] {
  let scales = new Uint8Array()
  const blocks = from / BLOCK
  const packed = async () => {
    const whole = new Uint8Array((to * from) / 2)
    scales = new Uint8Array(to * blocks * 2)
    let at = 0
    for await (const values of storedValues(weight, from)) {
      const piece = pack(values)
      whole.set(piece.packed, at / 2)
      scales.set(piece.scales, (at / BLOCK) * 2)
      at += values.length
      onPacked(values.length)
    }
    return whole
  }
  return [
    { name: `${name}.packed`, type: 'U8', shape: [to, blocks, BLOCK / 2], data: packed },
    { name: `${name}.scales`, type: 'BF16', shape: [to, blocks], data: () => scales },
  ]
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
