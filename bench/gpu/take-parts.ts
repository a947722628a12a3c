/** Takes the parts of bench `gpu` in their order, each as long as the time allows, and hears what they say. */
import { fileURLToPath } from 'node:url'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import type { Device } from '#worker/engine/session.ts'
import { countKernels } from './attention-kernels.ts'
import type { MemoryWatch } from './gpu-memory.ts'
import type { Journal } from './journal.ts'
import { type LoweringName, workingLowering } from './lowerings.ts'
import type { PartReport } from './part-report.ts'
import type { PartTask, Row } from './part-task.ts'
import { type Part, secondsFor } from './parts.ts'
import { runPart } from './run-part.ts'

export interface TakeOptions {
  readonly device: Device
  readonly small: boolean
  readonly limitSeconds: number
  readonly checkpoint: string | undefined
  /** For files that nobody keeps, and for those that somebody may want. */
  readonly folders: { readonly temporary: string; readonly out: string }
  readonly memory: MemoryWatch
  readonly journal: Journal
  readonly gpuMemoryMb: number | null
  /** After each part, with those before it. */
  readonly onReport: (reports: readonly PartReport[]) => void
}

export async function takeParts(
  parts: readonly Part[],
  options: TakeOptions,
): Promise<readonly PartReport[]> {
  const deadline = performance.now() + 1000 * (options.limitSeconds - LAST_SECONDS)
  const secondsLeft = () => (deadline - performance.now()) / 1000
  const checkpoint = parts.some((part) => part.needsCheckpoint)
    ? checkpointFor(options, secondsLeft())
    : undefined
  const reports: PartReport[] = []
  for (const [i, part] of parts.entries()) {
    const found = part.needsCheckpoint ? await checkpoint : undefined
    const seconds = secondsFor(part, { left: secondsLeft(), later: parts.slice(i + 1) })
    const lowering = workingLowering(reports, options.device)
    const why = seconds < LEAST_SECONDS ? 'skipped: no time left' : found?.missing
    const report = why
      ? { part: part.name, ended: why, seconds: 0, gpuMb: NOTHING, rows: [] }
      : await take(part, { ...options, seconds, lowering, checkpoint: found?.path })
    reports.push(report)
    options.onReport(reports)
  }
  return reports
}

/** Kept for what comes after the last part. */
const LAST_SECONDS = 3
/** In less than that a process has hardly begun. */
const LEAST_SECONDS = 1
const NOTHING = { before: null, peak: null, after: null }

interface CheckpointFile {
  readonly path?: string
  /** Why there is none. */
  readonly missing?: string
}

/** One that was given, a tiny one, or one of full size, which is written while parts run that need none. */
async function checkpointFor(options: TakeOptions, seconds: number): Promise<CheckpointFile> {
  const { checkpoint, small, folders } = options
  if (checkpoint) return { path: checkpoint }
  if (small) return { path: await writeCheckpoint(folders.temporary, 'tiny-single-f16') }
  const part = { name: 'checkpoint', expectedSeconds: 0, mostSeconds: 0, needsCheckpoint: false }
  const { rows, ended } = await take(part, { ...options, seconds, lowering: 'cuda' })
  const path = rows.find(({ what }) => what === 'checkpoint')?.path
  if (typeof path === 'string') return { path }
  const why = rows.find(({ failed }) => failed !== undefined)?.failed ?? ended
  return { missing: `skipped: no checkpoint was written: ${why}` }
}

interface Take extends TakeOptions {
  readonly seconds: number
  readonly lowering: LoweringName
}

async function take(part: Part, options: Take): Promise<PartReport> {
  const { memory, journal, seconds } = options
  const started = performance.now()
  const ofPart = memory.stretch()
  let ofStep = memory.stretch()
  let kernels = countKernels()
  const rows: Row[] = []
  const keep = (row: Row) => {
    const peak = ofStep.use().peak
    const kept = peak === null ? row : { ...row, gpuPeakMb: peak }
    rows.push(kept)
    journal.row(part.name, kept)
  }
  const keepKernels = (step: string | undefined) => {
    if (step && Object.keys(kernels.counts).length > 0) {
      keep({ what: `${step}: attention kernels`, kernels: kernels.counts })
    }
    kernels = countKernels()
  }

  let step: string | undefined
  const ended = await runPart(
    {
      argv: (skip) => command(part, { ...options, skip }),
      environment: part.environment ?? {},
      limitMs: 1000 * seconds,
      stepLimitMs: 1000 * Math.min(seconds, part.stepSeconds ?? seconds),
    },
    {
      onStep(name) {
        keepKernels(step)
        step = name
        ofStep.end()
        ofStep = memory.stretch()
      },
      onRow: keep,
      onLine(line) {
        kernels.hear(line)
        journal.log(part.name, line)
      },
    },
  )
  keepKernels(step)
  ofStep.end()
  const gpuMb = ofPart.end()
  if (ended !== 'done') keep({ what: part.name, failed: ended })
  return { part: part.name, ended, seconds: (performance.now() - started) / 1000, gpuMb, rows }
}

function command(
  { name, steps = name, peer }: Part,
  { device, small, checkpoint, folders, ...options }: Take & { readonly skip: readonly string[] },
): readonly [string, ...string[]] {
  const { lowering, gpuMemoryMb, skip } = options
  if (peer) {
    const asked = ['--device', device, '--stage', peer, '--skip', JSON.stringify(skip)]
    return ['python3', PEER, ...asked, ...(small ? ['--small'] : [])]
  }
  const task: PartTask = {
    ...{ part: steps, device, small, checkpoint: checkpoint ?? '' },
    ...{ lowering, gpuMemoryMb, folders, skip: [...skip] },
  }
  return [process.execPath, ...typescriptLoader(), PROCESS, JSON.stringify(task)]
}

const PROCESS = fileURLToPath(new URL('part-process.ts', import.meta.url))
const PEER = fileURLToPath(new URL('../peer/peer_gpu.py', import.meta.url))
