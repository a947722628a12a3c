/** Who may write a file on a volume that several machines see: one process at a time, known by its sign of life beside the file. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#contract'
import { isCode } from './disk-failure.ts'

export interface SoleWriter extends AsyncDisposable {
  /** Aborted where the caller's is, and where another process has taken over, because nothing was heard of this one. */
  readonly signal: AbortSignal
}

export interface SoleWriterOptions {
  readonly signal: AbortSignal
  /** Told once, where another process writes and is waited for. */
  readonly onWait: () => void
  /** Between two signs of life. */
  readonly beatMs?: number
}

/** So many beats without a sign, and a process counts as dead: no clock is compared with another machine's. */
const MOST_MISSED = 10

/**
 * Waits while another process lives that writes `path`. The sign is a file's content, not its time: opened anew, a network
 * file system gives the former as it is, and the latter as it was. Rejects with the system's error where nothing can be written.
 */
export async function soleWriter(path: string, options: SoleWriterOptions): Promise<SoleWriter> {
  const { signal, onWait, beatMs = 1_000 } = options
  const sign = `${path}.lock`
  const name = randomBytes(8).toString('hex')
  let [seen, missed, isTold]: [string | undefined, number, boolean] = [undefined, 0, false]
  for (;;) {
    signal.throwIfAborted()
    const file = await created(sign)
    if (file) return beating(file, { sign, name, signal, beatMs })
    const found = await readFile(sign, 'utf8').catch(() => undefined)
    missed = found === seen ? missed + 1 : 0
    seen = found
    // Two that find the same one dead may both remove it; the first to have made its own then sees that it is gone, and ends.
    if (missed >= MOST_MISSED) {
      await rm(sign, { force: true })
      continue
    }
    if (!isTold) onWait()
    isTold = true
    await delay(beatMs, undefined, { signal })
  }
}

async function created(sign: string): Promise<FileHandle | undefined> {
  try {
    return await open(sign, 'wx')
  } catch (error) {
    if (isCode(error, 'EEXIST')) return undefined
    throw error
  }
}

interface Beating {
  readonly sign: string
  readonly name: string
  readonly signal: AbortSignal
  readonly beatMs: number
}

async function beating(
  file: FileHandle,
  { sign, name, signal, beatMs }: Beating,
): Promise<SoleWriter> {
  const lost = new AbortController()
  const stop = () => lost.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  let count = 0
  // Always as long, and in the same place: a disk that is full meanwhile takes it, too.
  const write = () => file.write(`${name} ${String(count++).padStart(12, '0')}`, 0)
  const isOurs = async () => (await readFile(sign, 'utf8').catch(() => '')).startsWith(name)
  const beat = async () => {
    if (await isOurs()) await write()
    else lost.abort(takenOver(sign))
  }
  await write()
  let beaten = Promise.resolve()
  const timer = setInterval(() => {
    // One that does not get through is missed by whoever waits, and by nobody here.
    beaten = beaten.then(beat).catch(() => {})
  }, beatMs)
  return {
    signal: lost.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      signal.removeEventListener('abort', stop)
      await beaten
      if (await isOurs()) await rm(sign, { force: true })
      await file.close()
    },
  }
}

const takenOver = (sign: string): Failure =>
  new Failure(
    'storage-failed',
    `Another process has taken over, for nothing was heard of this one in ${sign}: run the same command again.`,
  )
