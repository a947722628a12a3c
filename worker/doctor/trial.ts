/** Tries what may crash or hang in a process of its own, so that a crash is a finding. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { environmentOn } from '#worker/gpu/config.ts'

export interface TrialTask {
  /** Where one node is to run. */
  readonly device?: 'cpu' | 'cuda'
  /** That CUDA is to see alone, as nvidia-smi numbers it. */
  readonly gpu?: number | undefined
  /** Libraries that are to be loaded. */
  readonly libraries?: readonly string[]
}

const result = z.object({
  /** Why the node did not run. */
  problem: z.string().optional(),
  /** Those that could not be loaded. */
  missing: z.array(z.string()),
})

export type TrialResult = Readonly<z.infer<typeof result>>

/** A cold disk, CUDA's first start and cuDNN together; what takes longer hangs. */
const PATIENCE_MS = 120_000

const LAST_WORDS = 300

/** A process that crashed or hung has found no library missing, and its end is the problem. */
export function runTrial(task: TrialTask): Promise<TrialResult> {
  const script = fileURLToPath(new URL('./trial-once.ts', import.meta.url))
  const words = [...process.execArgv, script, JSON.stringify(task)]
  const options = { timeout: PATIENCE_MS, env: environmentOn(task.gpu) }
  return new Promise((resolve) => {
    execFile(process.execPath, words, options, (error, stdout, stderr) => {
      const told = resultIn(stdout)
      // Once it has told, it may fall over CUDA's leavings: an engine ends by being killed.
      if (told) return resolve(told)
      const end = error?.killed ? `no answer in ${PATIENCE_MS / 1000} s` : endOf(error ?? {})
      const said = stderr.trim().slice(-LAST_WORDS).replace(/\s+/g, ' ')
      const problem = said === '' ? end : `${end}; its last words: ${said}`
      resolve({ problem, missing: [] })
    })
  })
}

function resultIn(stdout: string): TrialResult | undefined {
  try {
    return result.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  } catch {
    return undefined
  }
}

function endOf({
  signal,
  code,
}: {
  signal?: string | null
  code?: string | number | null
}): string {
  return `the process that tried it crashed (${signal ?? `exit ${code ?? 0}`})`
}
