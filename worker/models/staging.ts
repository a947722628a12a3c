/** Puts a checkpoint from a slow volume on the local disk, where that is quicker than reading it in place. */
import {
  access,
  constants,
  copyFile,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { sidecarPath } from '#models/checkpoints/sidecar.ts'
import { vaeBesidePath } from '#models/checkpoints/vae-beside.ts'
import { isCode, isFull, isOfSystem } from './disk-failure.ts'
import { sha256Of } from './file-hash.ts'
import { AT_ONCE, LARGE, measureReads, type ReadRates, readAt } from './read-rates.ts'
import { sizeInWords } from './size-in-words.ts'
import { soleWriter } from './sole-writer.ts'
import { writeAt } from './write-at.ts'

export interface StagingOptions {
  readonly path: string
  /** On the local disk; undefined: read in place, whatever it takes. */
  readonly folder: string | undefined
  /** In hexadecimal: what is not it is refused. Takes a reading of the whole file. */
  readonly sha256?: string | undefined
  /** @param from what was there before */
  readonly onBytes: (bytes: number, of: number, from: number) => void
  /** Told once, where another process copies to the same place and is waited for. */
  readonly onWait?: () => void
  readonly signal: AbortSignal
  readonly measure?: (path: string, bytes: number) => Promise<ReadRates>
}

export interface Staged {
  /** What is to be opened. */
  readonly path: string
  /** Why it lies there, as a part of a sentence. */
  readonly why: string
}

/** A copy is worth it where it is quicker by this much, for it takes the disk's room too. */
const WORTH = 1.25
/** On a disk of this machine's own, a sign of life is seen at once. */
const BEAT_MS = 250

/** Throws `checkpoint-invalid` where it is not there, or is not what its hash says. Cut off, the next goes on. */
export async function stageCheckpoint(options: StagingOptions): Promise<Staged> {
  const { path, sha256 } = options
  const source = await stat(path).catch(() => undefined)
  if (!source) {
    const message = `There is no checkpoint at ${path}: attach the volume that has it, or fetch it with npm run models -- pull.`
    throw new Failure('checkpoint-invalid', message)
  }
  if (!source.isFile()) return { path, why: 'a folder is read in place' }
  const copied = await copyWhereQuicker(options, source)
  if (copied.path !== path) return await withCompanions(path, copied)
  if (sha256 !== undefined) await requireHash(path, sha256)
  return copied
}

/**
 * What lies beside it counts: one file says what weights cannot, such as what they predict, another is its VAE. Without
 * them, a copy may draw other pictures.
 */
async function withCompanions(path: string, copied: Staged): Promise<Staged> {
  for (const beside of [sidecarPath, vaeBesidePath]) {
    const [from, to] = [beside(path), beside(copied.path)]
    if (from === undefined || to === undefined) continue
    try {
      await copyFile(from, to)
    } catch (error) {
      if (isFull(error)) return { path, why: `the disk of ${dirname(to)} is full` }
      if (!isCode(error, 'ENOENT')) throw error
      await rm(to, { force: true })
    }
  }
  return copied
}

interface SourceFacts {
  readonly size: number
  readonly mtimeMs: number
  readonly dev: number
}

async function copyWhereQuicker(options: StagingOptions, source: SourceFacts): Promise<Staged> {
  const { path, folder } = options
  if (folder === undefined) return { path, why: 'no STAGE_FOLDER is set' }
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch {
    return { path, why: `nothing can be written to ${folder}` }
  }
  if ((await stat(folder)).dev === source.dev) return { path, why: 'it is on the local disk' }
  const target = join(folder, basename(path))
  const { onWait = () => {}, signal: outer } = options
  try {
    await using writer = await soleWriter(target, { signal: outer, onWait, beatMs: BEAT_MS })
    return await copyTo(target, source, { ...options, folder, signal: writer.signal })
  } catch (error) {
    outer.throwIfAborted()
    // Reading it is a Failure by now, writing it none: without a copy the file is there all the same.
    if (!isOfSystem(error)) throw error
    if (isFull(error)) await rm(`${target}.part`, { force: true })
    const why = isFull(error)
      ? `the disk of ${folder} filled up meanwhile`
      : `${folder} does not take it (${messageOf(error)})`
    return { path, why }
  }
}

/** Alone. Rejects with the system's error where the copy cannot be written. */
async function copyTo(
  target: string,
  source: SourceFacts,
  options: StagingOptions & { readonly folder: string },
): Promise<Staged> {
  const { path, folder, sha256, measure = measureReads } = options
  const { size, mtimeMs } = source
  const facts = { path, size, mtimeMs }
  const note = await readNote(target)
  if (note?.path === path && note.size === size && note.mtimeMs === mtimeMs) {
    const there = await stat(target).catch(() => undefined)
    if (there?.size === size) {
      if (sha256 !== undefined && note.sha256 !== sha256) {
        await requireHashOrNone(target, { sha256, named: path })
        await writeNote(target, { ...facts, sha256 })
      }
      return { path: target, why: 'it was copied before' }
    }
  } else {
    await rm(`${target}.part`, { force: true })
  }
  const room = await statfs(folder)
  const part = await stat(`${target}.part`).catch(() => ({ size: 0 }))
  // More than all is of nothing that is known.
  const from = part.size > size ? 0 : part.size
  if (room.bavail * room.bsize < size - from) {
    return { path, why: `${folder} has no room for ${sizeInWords(size)}` }
  }
  const { inPlace, copied } = await measure(path, size).catch(unread(path))
  const rates = `${sizeInWords(inPlace)}/s in place, ${sizeInWords(copied)}/s copied`
  if (from === 0 && copied < inPlace * WORTH) return { path, why: rates }
  // What lies there is of another file: once the note is of this one, nobody may take it for its copy.
  await rm(target, { force: true })
  await writeNote(target, facts)
  await copy(options, { target, from, size })
  if (sha256 !== undefined) await writeNote(target, { ...facts, sha256 })
  return { path: target, why: rates }
}

const noteSchema = z.object({
  path: z.string(),
  size: z.number(),
  mtimeMs: z.number(),
  /** That its copy was found to have. */
  sha256: z.string().optional(),
})
type Note = Readonly<z.infer<typeof noteSchema>>

/** Of which file the copy at `target` is, or the part of one beside it. */
async function readNote(target: string): Promise<Note | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(`${target}.json`, 'utf8')))
  } catch {
    // There is none, or it was cut off: then nothing is known of what lies there.
    return undefined
  }
}

const writeNote = (target: string, note: Note): Promise<void> =>
  writeFile(`${target}.json`, JSON.stringify(note))

/** Reads are several and large, writes are one after another, so that what is there is whole up to its end. */
async function copy(
  { path, sha256, onBytes, signal }: StagingOptions,
  { target, from, size }: { readonly target: string; readonly from: number; readonly size: number },
): Promise<void> {
  const part = `${target}.part`
  {
    await using source = await open(path, 'r').catch(unread(path))
    await using copied = await open(part, from === 0 ? 'w' : 'r+')
    const ahead: Promise<Buffer>[] = []
    let next = from
    for (let at = from; at < size; ) {
      for (; ahead.length < AT_ONCE && next < size; next += LARGE) {
        const reading = readAt(source, next, LARGE)
        // It is awaited in its turn; until then its failure is nobody's.
        reading.catch(() => {})
        ahead.push(reading)
      }
      signal.throwIfAborted()
      const piece = await ahead.shift()?.catch(unread(path))
      if (!piece || piece.length === 0) throw unreadable(path, `it ended early, at ${at} bytes`)
      await writeAt(copied, piece, at)
      at += piece.length
      onBytes(at, size, from)
    }
    await copied.sync()
  }
  if (sha256 !== undefined) await requireHashOrNone(part, { sha256, named: path })
  await rename(part, target)
}

/** What does not have it is removed. */
async function requireHashOrNone(
  copied: string,
  { sha256, named }: { readonly sha256: string; readonly named: string },
): Promise<void> {
  await requireHash(copied, sha256, named).catch(async (error: unknown) => {
    await rm(copied, { force: true })
    throw error
  })
}

async function requireHash(path: string, wanted: string, named = path): Promise<void> {
  const found = await sha256Of(path).catch(unread(named))
  if (found === wanted) return
  throw new Failure(
    'checkpoint-invalid',
    `${named} has the SHA-256 ${found}, and SDXL_SHA256 is ${wanted}: fetch it anew, or mend the variable.`,
  )
}

/** For a promise that is rejected by a reading. */
const unread =
  (path: string) =>
  (error: unknown): never => {
    throw unreadable(path, messageOf(error))
  }

const unreadable = (path: string, why: string): Failure =>
  new Failure(
    'checkpoint-invalid',
    `${path} cannot be read to its end (${why}): look at the volume, or fetch it anew.`,
  )
