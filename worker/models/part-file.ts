/** What was fetched so far, beside the note that says of which file it is: both outlive the process, and the next goes on from them. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { Failure } from '#contract'
import { diskFailure } from './disk-failure.ts'
import { sizeInWords } from './size-in-words.ts'
import { writeAt } from './write-at.ts'

const noteSchema = z.object({
  validator: z.string().optional(),
  bytes: z.number().optional(),
  sha256: z.string().optional(),
  name: z.string().optional(),
})
export type PartNote = Readonly<z.infer<typeof noteSchema>>

export interface PartFile {
  readonly bytes: () => number
  readonly note: () => PartNote
  /** From now on it is a part of that file; with `isNew`, what was there before goes. */
  readonly begin: (note: PartNote, isNew: boolean) => Promise<void>
  /** What was written stays, whatever ends it. */
  readonly append: (
    body: AsyncIterable<Uint8Array>,
    onBytes: (bytes: number) => void,
  ) => Promise<void>
  /** Of all bytes, in hexadecimal. */
  readonly sha256: () => string
  readonly discard: () => Promise<void>
  readonly becomes: (path: string) => Promise<void>
}

/** Every verb throws `storage-failed` for what the disk refuses. What is there is read once, for its hash. */
export async function openPartFile(path: string): Promise<PartFile> {
  const notePath = `${path}.json`
  let note = await readNote(notePath)
  let bytes = note ? await sizeOf(path) : 0
  const onDisk = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw diskFailure(error, `${path}, of which ${sizeInWords(bytes)} are there,`)
    })
  let hash = await onDisk(hashOf(path, bytes))
  return {
    bytes: () => bytes,
    note: () => note ?? {},
    async begin(next, isNew) {
      if (isNew) {
        ;[bytes, hash] = [0, createHash('sha256')]
        await onDisk(writeFile(path, ''))
      }
      note = next
      await onDisk(writeFile(notePath, JSON.stringify(next)))
    },
    async append(body, onBytes) {
      // A process that was killed may have left more than it had counted; bytes are counted from the file.
      await onDisk(truncate(path, bytes))
      await using file = await onDisk(open(path, 'r+'))
      for await (const chunk of body) {
        await onDisk(writeAt(file, chunk, bytes))
        hash.update(chunk)
        bytes += chunk.length
        onBytes(bytes)
      }
      // Network file systems tell here, and not before, that they are full.
      await onDisk(file.sync())
    },
    sha256: () => hash.copy().digest('hex'),
    async discard() {
      await onDisk(Promise.all([rm(path, { force: true }), rm(notePath, { force: true })]))
    },
    async becomes(target) {
      await onDisk(rename(path, target))
      await onDisk(rm(notePath, { force: true }))
    },
  }
}

/** Throws `storage-failed` where so many more bytes do not fit. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch((error: unknown) => {
    throw diskFailure(error, folder)
  })
  const free = bavail * bsize
  if (free >= bytes) return
  throw new Failure(
    'storage-failed',
    `${folder} has ${sizeInWords(free)} free, and the rest of the file takes ${sizeInWords(bytes)}: free some, or choose another --to.`,
  )
}

async function readNote(path: string): Promise<PartNote | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return noteSchema.parse(JSON.parse(text))
  } catch {
    // Cut off while it was written: without it, nothing can be gone on from.
    return undefined
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size
}

async function hashOf(path: string, bytes: number): Promise<Hash> {
  const hash = createHash('sha256')
  if (bytes === 0) return hash
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk)
  return hash
}
