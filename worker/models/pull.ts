/** Fetches one file of gigabytes: goes on where it was cut off, waits where it is asked to, and keeps it only if its hash is right. */
import { createHash } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure, messageOf } from '#contract'
import type { ProgressLine } from '#worker/cli/progress-line.ts'
import { type Answer, askHost } from './ask-host.ts'
import { diskFailure } from './disk-failure.ts'
import { sha256Of } from './file-hash.ts'
import { openPartFile, type PartFile, requireRoom } from './part-file.ts'
import { AskedToWait } from './refusal.ts'
import { Silence } from './silence.ts'
import { soleWriter } from './sole-writer.ts'
import type { Source } from './source.ts'
import { createTransferLine } from './transfer-line.ts'

export interface PullOptions {
  readonly source: Source
  readonly folder: string
  /** Unless given, the host's own name for it. */
  readonly name?: string | undefined
  /** That it must have, in hexadecimal; else the one that the host tells, if it does. */
  readonly sha256?: string | undefined
  readonly line: Pick<ProgressLine, 'state'>
  readonly isTTY: boolean
  readonly signal: AbortSignal
  readonly patience?: Patience
}

export interface Patience {
  /** Tries without a byte's progress. */
  readonly tries: number
  /** Before the second; doubled for each more. */
  readonly firstPauseMs: number
  /** For longer than this it does not wait, but says for how long it is asked to. */
  readonly mostWaitSeconds: number
  /** Of silence, after which a connection counts as cut. */
  readonly silenceMs: number
  /** Between two signs of life of whoever fetches the same to the same place. */
  readonly beatMs?: number
}

const usualPatience: Patience = {
  ...{ tries: 6, firstPauseMs: 1_000, mostWaitSeconds: 60, silenceMs: 60_000 },
}

export interface Pulled {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** Whose hash it was held against. */
  readonly checkedBy: 'given' | 'host' | 'nobody'
}

/** Throws a Failure after which the same command goes on, or begins anew where nothing of it was right. */
export async function pull(options: PullOptions): Promise<Pulled> {
  const { source, folder, name, sha256: given, line, signal, patience = usualPatience } = options
  await mkdir(folder, { recursive: true }).catch(ofDisk(folder))
  const known = { sha256: given, checkedBy: 'given' } as const
  const there = name === undefined ? undefined : await alreadyThere(join(folder, name), known)
  if (there) return there
  const key = createHash('sha256').update(source.url.href).digest('hex').slice(0, 12)
  const path = join(folder, `pull-${key}.part`)
  const onWait = () => line.state(`Another process fetches this to ${folder}: waiting for it.`)
  await using writer = await soleWriter(path, { ...{ signal, onWait }, ...patience }).catch(
    ofDisk(path),
  )
  return await fetchTo(path, { ...options, signal: writer.signal })
}

async function fetchTo(partPath: string, options: PullOptions): Promise<Pulled> {
  const { source, folder, name, sha256: given } = options
  const part = await openPartFile(partPath)
  const there = isWhole(part) ? undefined : await fetchAll(part, options)
  if (there) {
    await part.discard()
    return there
  }
  const { sha256: told, name: theirs } = part.note()
  const sha256 = part.sha256()
  if (sha256 !== (given ?? told ?? sha256)) throw await refused(part, options)
  options.signal.throwIfAborted()
  const path = join(folder, name ?? theirs ?? nameOf(source))
  const other = await alreadyThere(path, { sha256, checkedBy: 'nobody' })
  if (other) await part.discard()
  else await part.becomes(path)
  const checkedBy = given !== undefined ? 'given' : told !== undefined ? 'host' : 'nobody'
  return { path, bytes: part.bytes(), sha256, checkedBy }
}

/** What the host itself vouches for is kept: it is the hash asked for that is of another file. */
async function refused(
  part: PartFile,
  { source, sha256: given }: Pick<PullOptions, 'source' | 'sha256'>,
): Promise<Failure> {
  const { host } = source.url
  const [sha256, told] = [part.sha256(), part.note().sha256]
  if (sha256 === told) {
    const message = `What ${host} gave has the SHA-256 ${sha256}, as it says itself, and --sha256 is ${given}: give the one of this file, which is kept until then, or the URL of another.`
    return new Failure('checkpoint-invalid', message)
  }
  await part.discard()
  const wanted = given === undefined ? `it says that the file has ${told}` : `--sha256 is ${given}`
  const message = `What ${host} gave has the SHA-256 ${sha256}, and ${wanted}. It was deleted: look at the hash, or run the same command again.`
  return new Failure('checkpoint-invalid', message)
}

interface KnownHash {
  readonly sha256: string | undefined
  readonly checkedBy: Pulled['checkedBy']
}

/** Undefined where nothing is; throws `request-invalid` where something else is, or what it is cannot be told. */
async function alreadyThere(
  path: string,
  { sha256: wanted, checkedBy }: KnownHash,
): Promise<Pulled | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return undefined
  const isFile = found.isFile()
  const sha256 = isFile ? await sha256Of(path).catch(ofDisk(path)) : undefined
  if (sha256 !== undefined && sha256 === wanted)
    return { path, bytes: found.size, sha256, checkedBy }
  const what = isFile ? `and its SHA-256 is ${sha256}` : 'and is no file'
  const mend = wanted === undefined && isFile ? `, or say --sha256 if it is the one` : ''
  throw new Failure(
    'request-invalid',
    `${path} is there already, ${what}: delete it, or give another --name${mend}.`,
  )
}

const isWhole = (part: PartFile): boolean => part.bytes() > 0 && part.bytes() === part.note().bytes

/** Undefined once the part is whole; the file, where it is there without. */
async function fetchAll(part: PartFile, options: PullOptions): Promise<Pulled | undefined> {
  const { line, signal, patience = usualPatience } = options
  for (let tries = 1; ; tries++) {
    const before = part.bytes()
    try {
      return await fetchSome(part, options)
    } catch (failure) {
      signal.throwIfAborted()
      if (!(failure instanceof Failure) || !failure.retryable) throw failure
      if (failure.code === 'storage-failed') throw failure
      if (part.bytes() > before) tries = 1
      if (tries >= patience.tries) throw failure
      const asked = failure instanceof AskedToWait ? failure.seconds : undefined
      const seconds = asked ?? (patience.firstPauseMs / 1_000) * 2 ** (tries - 1)
      if (seconds > patience.mostWaitSeconds) throw failure
      line.state(`${failure.message} Trying again in ${Math.ceil(seconds)} s.`)
      // Ended by another process, it is that one's sentence that is to be read.
      await delay(seconds * 1_000, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

async function fetchSome(part: PartFile, options: PullOptions): Promise<Pulled | undefined> {
  const { source, folder, name, sha256, line, isTTY, signal, patience = usualPatience } = options
  const { validator } = part.note()
  const silence = new Silence(patience.silenceMs, signal)
  try {
    const answer = await askHost(source, { from: part.bytes(), validator }, silence.signal)
    const shown = name ?? answer.name ?? nameOf(source)
    const checkedBy = sha256 === undefined ? 'host' : 'given'
    const known = { sha256: sha256 ?? answer.sha256, checkedBy } as const
    // Before gigabytes are fetched a second time.
    const there = await alreadyThere(join(folder, shown), known)
    if (there) return there
    const isNew = answer.from !== part.bytes() || answer.from === 0
    await part.begin(noteOf(answer, part), isNew)
    if (answer.bytes !== undefined) await requireRoom(folder, answer.bytes - part.bytes())
    const what = { name: `fetching ${shown}`, from: part.bytes(), of: answer.bytes }
    const progress = createTransferLine(line, what, { isTTY })
    await part.append(answer.body, (bytes) => {
      silence.broken()
      progress.at(bytes)
    })
    const missing = (answer.bytes ?? part.bytes()) - part.bytes()
    if (missing !== 0) throw new Error(`${missing} bytes are missing`)
    return undefined
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof Failure) throw cause
    const message = `The connection to ${source.url.host} broke (${messageOf(cause)}): run the same command again, and it goes on from where it is.`
    throw new Failure('provider-unavailable', message, { cause })
  } finally {
    silence.end()
  }
}

const nameOf = ({ url }: Source): string => basename(url.pathname) || 'model.safetensors'

/** A later answer may say less than the first: a range's has no hash. */
function noteOf({ validator, bytes, sha256, name }: Answer, part: PartFile) {
  const before = part.note()
  const isSame = validator !== undefined && validator === before.validator
  const known = isSame ? before : {}
  return {
    ...known,
    ...(validator !== undefined && { validator }),
    ...(bytes !== undefined && { bytes }),
    ...(sha256 !== undefined && { sha256 }),
    ...(name !== undefined && { name }),
  }
}

const ofDisk =
  (path: string) =>
  (error: unknown): never => {
    throw diskFailure(error, path)
  }
