/** Fetches one file of gigabytes: goes on where it was cut off, waits where it is asked to, and keeps it only if its hash is right. */
import { createHash } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure, messageOf } from '#contract'
import type { ProgressLine } from '#worker/cli/progress-line.ts'
import { type Answer, askHost } from './ask-host.ts'
import { sha256Of } from './file-hash.ts'
import { openPartFile, type PartFile, requireRoom } from './part-file.ts'
import { AskedToWait } from './refusal.ts'
import { Silence } from './silence.ts'
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
  const { source, folder, name, sha256: given } = options
  await mkdir(folder, { recursive: true })
  const there = name === undefined ? undefined : await alreadyThere(join(folder, name), given)
  if (there) return there
  const key = createHash('sha256').update(source.url.href).digest('hex').slice(0, 12)
  const part = await openPartFile(folder, key)
  if (!isWhole(part)) await fetchAll(part, options)
  const { sha256: told, name: theirs } = part.note()
  const wanted = given ?? told
  const sha256 = part.sha256()
  if (wanted !== undefined && sha256 !== wanted) {
    await part.discard()
    throw new Failure(
      'checkpoint-invalid',
      `What ${source.url.host} gave has the SHA-256 ${sha256}, and ${given === undefined ? 'it says that the file has' : '--sha256 is'} ${wanted}. It was deleted: look at the hash, or run the same command again.`,
    )
  }
  const path = join(folder, name ?? theirs ?? nameOf(source))
  const other = await alreadyThere(path, sha256)
  if (other) await part.discard()
  else await part.becomes(path)
  const checkedBy = given !== undefined ? 'given' : told !== undefined ? 'host' : 'nobody'
  return { path, bytes: part.bytes(), sha256, checkedBy }
}

/** Undefined where nothing is; throws `request-invalid` where something else is. */
async function alreadyThere(path: string, sha256: string | undefined): Promise<Pulled | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return undefined
  const own = await sha256Of(path)
  if (sha256 !== undefined && own === sha256) {
    return { path, bytes: found.size, sha256, checkedBy: 'given' }
  }
  throw new Failure(
    'request-invalid',
    `${path} is there already, and its SHA-256 is ${own}: delete it, or give another --name.`,
  )
}

const isWhole = (part: PartFile): boolean => part.bytes() > 0 && part.bytes() === part.note().bytes

async function fetchAll(part: PartFile, options: PullOptions): Promise<void> {
  const { line, signal, patience = usualPatience } = options
  for (let tries = 1; ; tries++) {
    const before = part.bytes()
    const failure = await fetchSome(part, options).catch((error: unknown) => error)
    signal.throwIfAborted()
    if (failure === undefined) return
    if (!(failure instanceof Failure) || !failure.retryable) throw failure
    if (failure.code === 'storage-failed') throw failure
    if (part.bytes() > before) tries = 1
    if (tries >= patience.tries) throw failure
    const seconds =
      failure instanceof AskedToWait
        ? failure.seconds
        : (patience.firstPauseMs / 1_000) * 2 ** (tries - 1)
    if (seconds === undefined || seconds > patience.mostWaitSeconds) throw failure
    line.state(`${failure.message} Trying again in ${Math.ceil(seconds)} s.`)
    await delay(seconds * 1_000, undefined, { signal })
  }
}

async function fetchSome(part: PartFile, options: PullOptions): Promise<void> {
  const { source, folder, name, line, isTTY, signal, patience = usualPatience } = options
  const { validator } = part.note()
  const silence = new Silence(patience.silenceMs, signal)
  try {
    const answer = await askHost(source, { from: part.bytes(), validator }, silence.signal)
    const isNew = answer.from !== part.bytes() || answer.from === 0
    await part.begin(noteOf(answer, part), isNew)
    if (answer.bytes !== undefined) await requireRoom(folder, answer.bytes - part.bytes())
    const shown = name ?? answer.name ?? nameOf(source)
    const what = { name: `fetching ${shown}`, from: part.bytes(), of: answer.bytes }
    const progress = createTransferLine(line, what, { isTTY })
    await part.append(answer.body, (bytes) => {
      silence.broken()
      progress.at(bytes)
    })
    const missing = (answer.bytes ?? part.bytes()) - part.bytes()
    if (missing !== 0) throw new Error(`${missing} bytes are missing`)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof Failure || isOfDisk(cause)) throw cause
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

const isOfDisk = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && 'path' in error
