/** Puts ONNX Runtime's CUDA provider beside its binding: downloaded, checked against its pins, then moved in whole. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Failure, messageOf } from '#contract'
import { createProgressLine, type ProgressStream } from '#worker/cli/progress-line.ts'
import { bindingFolder, canHaveProvider } from '#worker/engine/cuda-provider.ts'
import { sha256Of } from '#worker/models/file-hash.ts'
import { npmPack } from './npm-pack.ts'
import { gigabytes } from './picture-cost.ts'
import { type PinnedProvider, pinnedProvider } from './pinned-provider.ts'
import { runtimeVersion } from './provider-facts.ts'

export interface FetchOptions {
  /** Where progress is shown. */
  readonly stream: ProgressStream
  readonly signal: AbortSignal
  readonly pinned?: PinnedProvider
  /** Where the binding lies. */
  readonly folder?: string
}

/** Folders of ours beside the binding, which one that was killed leaves behind. */
const WORKPLACE = '.fetching-cuda-'
const ABANDONED_MS = 60 * 60 * 1000

/** What was done, as a sentence. Throws `device-unavailable`, and then nothing has changed. */
export async function fetchCuda(options: FetchOptions): Promise<string> {
  const { stream, signal, pinned = pinnedProvider, folder = bindingFolder() } = options
  await requirePlace(pinned)
  await removeAbandoned(folder)
  if (await isThere(pinned, folder)) return `The CUDA provider is there already, in ${folder}.`
  await requireRoom(pinned, folder)
  const line = createProgressLine(stream)
  const workplace = await makeWorkplace(folder)
  try {
    const what = `fetching ${pinned.source} (${megabytes(pinned.downloadBytes)} MB)`
    line.state(what)
    const archive = await npmPack(pinned.source, {
      folder: workplace,
      signal,
      onBytes: (bytes) => {
        const percent = Math.min(100, Math.floor((100 * bytes) / pinned.downloadBytes))
        if (stream.isTTY) line.state(`${what}  ${percent} %`)
      },
    })
    line.state('unpacking and checking')
    await unpack(archive, { pinned, workplace, signal })
    for (const { name } of pinned.files) await rename(join(workplace, name), join(folder, name))
  } finally {
    line.end()
    await rm(workplace, { recursive: true, force: true })
  }
  return `The CUDA provider of ONNX Runtime ${pinned.runtime} is in ${folder}. What else CUDA needs says npm run doctor.`
}

async function requirePlace({ runtime }: PinnedProvider): Promise<void> {
  if (!canHaveProvider) {
    const here = `${process.platform} on ${process.arch}`
    throw failure(`The CUDA provider is published for Linux on x64 only; this is ${here}.`)
  }
  const installed = await runtimeVersion()
  if (installed === runtime) return
  throw failure(
    `ONNX Runtime ${installed} is installed, and the provider is for ${runtime}: run npm ci first.`,
  )
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(WORKPLACE)) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true })
  }
}

async function isThere({ files }: PinnedProvider, folder: string): Promise<boolean> {
  const fitting = files.map(async ({ name, sha256 }) => {
    const found = await sha256Of(join(folder, name)).catch(() => undefined)
    return found === sha256
  })
  return (await Promise.all(fitting)).every((fits) => fits)
}

/** Beside the binding, because only within one file system can files be moved in whole. */
async function makeWorkplace(folder: string): Promise<string> {
  try {
    return await mkdtemp(join(folder, WORKPLACE))
  } catch (error) {
    const why = messageOf(error)
    throw failure(
      `Nothing can be written to ${folder}: run this as who ran npm ci (${why}).`,
      error,
    )
  }
}

/** The archive, npm's copy of it, and what comes out of it. */
async function requireRoom(pinned: PinnedProvider, folder: string): Promise<void> {
  const unpacked = pinned.files.reduce((sum, { bytes }) => sum + bytes, 0)
  const needed = 2 * pinned.downloadBytes + unpacked
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= needed) return
  throw failure(
    `The disk is too full: fetching the CUDA provider takes ${gigabytes(needed)}, and ${gigabytes(bavail * bsize)} are free for ${folder}.`,
  )
}

/** Leaves the pinned files in the workplace itself, each of the bytes that it must have. */
async function unpack(
  archive: string,
  { pinned, workplace, signal }: UnpackOptions,
): Promise<void> {
  const members = pinned.files.map(({ name }) => `${pinned.folder}/${name}`)
  const depth = pinned.folder.split('/').length
  const words = ['-xzf', archive, '-C', workplace, `--strip-components=${depth}`, '--no-same-owner']
  try {
    await promisify(execFile)('tar', [...words, ...members], { signal })
  } catch (error) {
    signal.throwIfAborted()
    const said = messageOf(error)
    const why = said.split('\n').find((line) => line.startsWith('tar:')) ?? said
    throw failure(`What was fetched could not be unpacked: ${why.trim()}.`, error)
  }
  for (const { name, sha256 } of pinned.files) {
    const found = await sha256Of(join(workplace, name))
    if (found === sha256) continue
    throw failure(
      `${name} in ${pinned.source} is not the one that is pinned (sha256 ${found}, not ${sha256}): it was not installed.`,
    )
  }
}

interface UnpackOptions {
  readonly pinned: PinnedProvider
  readonly workplace: string
  readonly signal: AbortSignal
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6)

const failure = (message: string, cause?: unknown): Failure =>
  new Failure('device-unavailable', message, { cause })
