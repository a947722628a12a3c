/** A worker without a network, for tests: takes jobs from a queue and finishes them with small pictures that are real. */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Claim,
  type Failure,
  failureResult,
  imageSeed,
  type Job,
  type Queue,
  readPayload,
  type Size,
  writeResult,
} from '#contract'
import { encodeImage } from '#platform/image/encode.ts'
import type { Storage } from '#platform/storage/storage.ts'

export interface StandInOptions {
  /** Of each picture; 16 × 16 unless given. */
  readonly size?: Size
  /** How long a job takes, in ms; it hears of being cancelled meanwhile. */
  readonly takesMs?: number
  /** No job ends while this says so, however long that is. */
  readonly isHeld?: () => boolean
  /** What it says of itself, each time that it asks for a job. */
  readonly report?: Readonly<Record<string, unknown>>
  /** Why a job is to fail; undefined for one that is not. */
  readonly fail?: (job: Job) => Failure | undefined
}

export interface StandInWorker extends AsyncDisposable {
  /** Every job that it took, as it read it. */
  readonly taken: readonly Job[]
  /** Those that it dropped because somebody asked. */
  readonly cancelled: readonly string[]
}

const BEAT_MS = 20
/** What a worker shows of what it draws: the beginning and the end of a JPEG. */
export const PREVIEW = '/9j/2Q=='

export function standInWorker(
  queue: Queue,
  storage: Storage,
  options: StandInOptions = {},
): StandInWorker {
  const { size = { width: 16, height: 16 }, takesMs = 0, fail, report } = options
  const { isHeld = () => false } = options
  const worker = queue.worker(`stand-in-${randomUUID()}`)
  const ending = new AbortController()
  const taken: Job[] = []
  const cancelled: string[] = []
  const running = run()
  return {
    ...{ taken, cancelled },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await running
      await worker.leave([])
    },
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      if (report) await worker.beat([], report)
      const claim = await worker.take({ signal: ending.signal })
      if (claim) await work(claim)
    }
  }

  /** @returns false where it is to be dropped. */
  async function waited(claim: Claim): Promise<boolean> {
    const until = Date.now() + takesMs
    while (!ending.signal.aborted) {
      const [standing] = await worker.beat([claim], { state: 'ready', ...report })
      if (standing !== 'held') return false
      if (Date.now() >= until && !isHeld()) return true
      await delay(BEAT_MS)
    }
    return false
  }

  async function work(claim: Claim): Promise<void> {
    const reading = readPayload(claim.raw)
    if (reading.kind !== 'job') throw new Error(`the queue gave what is no job: ${reading.kind}`)
    const { job } = reading
    taken.push(job)
    await worker.progress(claim, { stage: 'denoise', image: 0, step: 1, of: 4 }, PREVIEW)
    const isWanted = await waited(claim)
    // The test is over.
    if (ending.signal.aborted) return
    if (!isWanted) {
      cancelled.push(claim.id)
      await worker.finish(claim, { status: 'cancelled' })
      return
    }
    const failure = fail?.(job)
    if (failure) {
      const { code, text } = failureResult(failure)
      await worker.finish(claim, { status: 'failed', code, result: text, retryable: false })
      return
    }
    const assets = await Promise.all(
      Array.from({ length: job.asked.images ?? 1 }, (_, i) =>
        draw({ claim, job, i, size }, storage),
      ),
    )
    const prompt = job.asked.prompt ?? ''
    const result = writeResult({ mode: job.mode, prompt, assets, timings: { denoise: takesMs } })
    await worker.finish(claim, { status: 'completed', result })
  }
}

interface Drawn {
  readonly claim: Claim
  readonly job: Job
  readonly i: number
  readonly size: Size
}

/** One colour a seed. As the daemon does, it is staged, and left to whoever reads the end to publish. */
async function draw({ claim, job, i, size }: Drawn, storage: Storage) {
  const seed = imageSeed(job.asked.seed ?? 0, i)
  const { width, height } = size
  const data = new Uint8Array(width * height * 3).fill(seed % 256)
  const png = await encodeImage({ width, height, data }, { format: 'png' })
  const thumbnail = await encodeImage({ width, height, data }, { format: 'webp' })
  const folder = `${job.userId ?? 'anonymous'}/${claim.id}`
  const staging = `workspace-temp/${folder}/.staged/${claim.fence}`
  const staged = { path: `${staging}/${i}.png`, thumbnailPath: `${staging}/${i}.thumb.webp` }
  await storage.put(staged.path, png, { contentType: 'image/png' })
  await storage.put(staged.thumbnailPath, thumbnail, { contentType: 'image/webp' })
  return {
    ...{ path: `${folder}/${i}.png`, thumbnailPath: `${folder}/${i}.thumb.webp` },
    ...{ width, height, seed, bytes: png.length, format: 'png' as const, staged },
    sha256: createHash('sha256').update(png).digest('hex'),
  }
}
