/** The memory that the daemon, its engines and their GPUs have in use. */
import { readFile } from 'node:fs/promises'
import type { HealthReport } from '#contract'
import { askNvidiaSmi } from '#worker/gpu/nvidia-smi.ts'
import { answerWithin } from './answer-within.ts'

export interface MemoryFound {
  readonly resident: readonly {
    readonly process: 'worker' | 'engine'
    readonly gpu: string
    readonly bytes: number
  }[]
  readonly gpus: readonly GpuMemory[]
}

interface GpuMemory {
  readonly gpu: string
  readonly state: 'used' | 'free'
  readonly bytes: number
}

export interface ProbedEngine {
  readonly gpu: string
  readonly pid: number | undefined
  readonly report: Pick<HealthReport, 'device' | 'gpu'>
}

/** nvidia-smi costs a process and, on a machine with many GPUs, a second. */
const LEAST_MS = 10_000
const PATIENCE_MS = 1_000

export function createMemoryProbe(): (engines: readonly ProbedEngine[]) => Promise<MemoryFound> {
  let known: readonly GpuMemory[] = []
  let askedAt = Number.NEGATIVE_INFINITY
  const lookAtGpus = async (engines: readonly ProbedEngine[]) => {
    const onGpus = engines.filter(({ report }) => report.device === 'cuda')
    if (onGpus.length === 0 || performance.now() - askedAt < LEAST_MS) return
    askedAt = performance.now()
    const asked = Promise.all(onGpus.map(memoryOfGpu)).then((found) => {
      known = found.flat()
    })
    await answerWithin(asked, PATIENCE_MS)
  }
  return async (engines) => {
    const [found] = await Promise.all([
      Promise.all(engines.map(async ({ gpu, pid }) => ({ gpu, bytes: await residentOf(pid) }))),
      lookAtGpus(engines),
    ])
    const ofEngines = found.flatMap(({ gpu, bytes }) =>
      bytes === undefined ? [] : [{ process: 'engine' as const, gpu, bytes }],
    )
    const own = { process: 'worker' as const, gpu: '', bytes: process.memoryUsage.rss() }
    return { resident: [own, ...ofEngines], gpus: known }
  }
}

/** Undefined where the process is gone, and anywhere but on Linux. */
async function residentOf(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? undefined : 1024 * Number(kibibytes)
}

/** Of several that an engine may see, the first. */
async function memoryOfGpu({ gpu, report }: ProbedEngine): Promise<readonly GpuMemory[]> {
  const answer = await askNvidiaSmi(report.gpu === undefined ? undefined : Number(report.gpu))
  if (answer.kind !== 'gpus') return []
  const [{ memory, freeMemory }] = answer.gpus
  if (memory === undefined || freeMemory === undefined) return []
  return [
    { gpu, state: 'used', bytes: memory - freeMemory },
    { gpu, state: 'free', bytes: freeMemory },
  ]
}
