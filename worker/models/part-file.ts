/** What was fetched so far, beside the note that says of which file it is: both outlive the process, and the next goes on from them. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract'
import { sizeInWords } from './size-in-words.ts'

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
  /** Throws `storage-failed` where the disk is full; what was written stays. */
  readonly append: (
    body: AsyncIterable<Uint8Array>,
    onBytes: (bytes: number) => void,
  ) => Promise<void>
  /** Of all bytes, in hexadecimal. */
  readonly sha256: () => string
  readonly discard: () => Promise<void>
  readonly becomes: (path: string) => Promise<void>
}

/** @param key a word for the source. What is there is read once, for its hash. */
export async function openPartFile(folder: string, key: string): Promise<PartFile> {
  const path = join(folder, `pull-${key}.part`)
  const notePath = `${path}.json`
  let note = await readNote(notePath)
  let bytes = note ? await sizeOf(path) : 0
  let hash = await hashOf(path, bytes)
  return {
    bytes: () => bytes,
    note: () => note ?? {},
    async begin(next, isNew) {
      if (isNew) {
        ;[bytes, hash] = [0, createHash('sha256')]
        await writeFile(path, '')
      }
      note = next
      await writeFile(notePath, JSON.stringify(next)).catch(orFull(path, bytes))
    },
    async append(body, onBytes) {
      // A process that was killed may have left more than it had counted; bytes are counted from the file.
      await truncate(path, bytes)
      await using file = await open(path, 'a')
      for await (const chunk of body) {
        await file.writeFile(chunk).catch(orFull(path, bytes))
        hash.update(chunk)
        bytes += chunk.length
        onBytes(bytes)
      }
      await file.sync()
    },
    sha256: () => hash.copy().digest('hex'),
    async discard() {
      await Promise.all([rm(path, { force: true }), rm(notePath, { force: true })])
    },
    async becomes(target) {
      await rename(path, target)
      await rm(notePath, { force: true })
    },
  }
}

/** Throws `storage-failed` where so many more bytes do not fit. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
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

const FULL = new Set(['ENOSPC', 'EDQUOT'])

function orFull(path: string, bytes: number): (error: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (!FULL.has(cause.code ?? '')) throw cause
    throw new Failure(
      'storage-failed',
      `The disk is full: ${path} has ${sizeInWords(bytes)} of the file. Free some, and run the same command again: it goes on from there.`,
      { cause },
    )
  }
}
