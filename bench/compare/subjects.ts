/** What two versions of the code can be compared by: a process that each runs in its own way, and one number of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Device, devices } from '#worker/engine/session.ts'
import { median } from '../measure/statistics.ts'
import { SIDE, subjectNames, writeInputs } from '../peer/subjects.ts'

export interface Subject {
  /** Where both versions have it, from the repository's root. */
  readonly script: string
  /** Of what it prints: milliseconds. Only what is needed is asked for, since versions differ in the rest. */
  readonly found: z.ZodType<number>
  /** Where it can be told to run, in every version that has it. */
  readonly devices: readonly Device[]
  /** What the script is handed. */
  task(on: Ground): Promise<Readonly<Record<string, unknown>>>
}

export interface Ground {
  readonly checkpoint: string
  readonly device: Device
  /** For files; a new one for each process. */
  readonly folder: string
}

const threads = availableParallelism()

export const subjects: Readonly<Record<string, Subject>> = {
  open: {
    script: 'bench/open/open-once.ts',
    found: z.object({ sinceLaunchMs: z.number() }).transform(({ sinceLaunchMs }) => sinceLaunchMs),
    devices: ['cpu'],
    task: async ({ checkpoint, folder }) => {
      return { checkpoint, weights: 'in-place', threads, temporary: folder }
    },
  },
  ...Object.fromEntries(subjectNames.map((name) => [name, evaluationOf(name)])),
  denoise: {
    script: 'bench/denoise/denoise-once.ts',
    found: z
      .object({ runs: z.array(z.object({ totalMs: z.number() })) })
      .transform(({ runs }) => median(runs.map(({ totalMs }) => totalMs))),
    devices,
    task: async ({ checkpoint, device }) => {
      const side = device === 'cpu' ? 256 : 1024
      return { checkpoint, device, threads, kind: 'copy', side, runs: 3 }
    },
  },
  'cold-start': {
    script: 'bench/cold-start/cold-start-once.ts',
    // From where its sources are there: the spawn is the parent's to time.
    found: z
      .object({ readyAt: z.number(), pictureAt: z.number() })
      .transform(({ readyAt, pictureAt }) => pictureAt - readyAt),
    devices,
    task: async ({ checkpoint, device, folder }) => {
      const picture = join(folder, 'first.png')
      return { checkpoint, device, threads, side: 256, picture }
    },
  },
}

/** One network by itself, at 512×512; the median of three evaluations. */
function evaluationOf(subject: (typeof subjectNames)[number]): Subject {
  return {
    script: 'bench/peer/ours-once.ts',
    found: z
      .object({ evaluationsMs: z.array(z.number()) })
      .transform(({ evaluationsMs }) => median(evaluationsMs)),
    devices: ['cpu'],
    task: async ({ checkpoint, folder }) => {
      const inputs = join(folder, 'inputs.safetensors')
      await writeInputs(subject, inputs, SIDE)
      const output = join(folder, 'answer')
      return { subject, checkpoint, weights: 'default', inputs, output, evaluations: 3, threads }
    },
  }
}

/** Hands over a folder, and takes it back. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-compared-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
