/** Puts a checkpoint from a slow volume on the local disk, where that is quicker than reading it in place. */
import {
  access,
  constants,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Failure } from '#contract'
import { sha256Of } from './file-hash.ts'
import { AT_ONCE, LARGE, measureReads, type ReadRates, readAt } from './read-rates.ts'
import { sizeInWords } from './size-in-words.ts'

export interface StagingOptions {
  readonly path: string
  /** On the local disk; undefined: read in place, whatever it takes. */
  readonly folder: string | undefined
  /** In hexadecimal: what is not it is refused. Takes a reading of the whole file. */
  readonly sha256?: string | undefined
  readonly onBytes: (bytes: number, of: number) => void
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
  if (sha256 !== undefined && copied.path === path) await requireHash(path, sha256)
  return copied
}

interface SourceFacts {
  readonly size: number
  readonly mtimeMs: number
  readonly dev: number
}

async function copyWhereQuicker(options: StagingOptions, source: SourceFacts): Promise<Staged> {
  const { path, folder, measure = measureReads } = options
  if (folder === undefined) return { path, why: 'no STAGE_FOLDER is set' }
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch {
    return { path, why: `nothing can be written to ${folder}` }
  }
  const target = join(folder, basename(path))
  const note = JSON.stringify({ path, size: source.size, mtimeMs: source.mtimeMs })
  if ((await stat(folder)).dev === source.dev) return { path, why: 'it is on the local disk' }
  if ((await readFile(`${target}.json`, 'utf8').catch(() => '')) === note) {
    const there = await stat(target).catch(() => undefined)
    if (there?.size === source.size) return { path: target, why: 'it was copied before' }
  } else {
    await rm(`${target}.part`, { force: true })
  }
  const room = await statfs(folder)
  const part = await stat(`${target}.part`).catch(() => ({ size: 0 }))
  if (room.bavail * room.bsize < source.size - part.size) {
    return { path, why: `${folder} has no room for ${sizeInWords(source.size)}` }
  }
  const { inPlace, copied } = await measure(path, source.size)
  const rates = `${sizeInWords(inPlace)}/s in place, ${sizeInWords(copied)}/s copied`
  if (part.size === 0 && copied < inPlace * WORTH) return { path, why: rates }
  try {
    await writeFile(`${target}.json`, note)
    await copy(options, { target, from: part.size, size: source.size })
  } catch (error) {
    if (!isFull(error)) throw error
    await rm(`${target}.part`, { force: true })
    return { path, why: `the disk of ${folder} filled up meanwhile` }
  }
  return { path: target, why: rates }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOSPC'

/** Reads are several and large, writes are one after another, so that what is there is whole up to its end. */
async function copy(
  { path, sha256, onBytes, signal }: StagingOptions,
  { target, from, size }: { readonly target: string; readonly from: number; readonly size: number },
): Promise<void> {
  const part = `${target}.part`
  {
    await using source = await open(path, 'r')
    await using copied = await open(part, 'a')
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
      const piece = await ahead.shift()
      if (!piece || piece.length === 0) throw new Error(`${path} ended early, at ${at} bytes`)
      await copied.writeFile(piece)
      at += piece.length
      onBytes(at, size)
    }
    await copied.sync()
  }
  if (sha256 !== undefined) {
    await requireHash(part, sha256, path).catch(async (error: unknown) => {
      await rm(part, { force: true })
      throw error
    })
  }
  await rename(part, target)
}

async function requireHash(path: string, wanted: string, named = path): Promise<void> {
  const found = await sha256Of(path)
  if (found === wanted) return
  throw new Failure(
    'checkpoint-invalid',
    `${named} has the SHA-256 ${found}, and SDXL_SHA256 is ${wanted}: fetch it anew, or mend the variable.`,
  )
}
