/** What a daemon does to its own event loop, to its engine, and to a job that takes no time to draw. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { serve } from '#platform/fetch/server.case.ts'
import { privateRedis } from '#platform/redis/test-server.case.ts'
import { alternate } from '../measure/alternate.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { type DaemonFound, type DaemonTask, daemonFound } from './daemon-task.ts'
import { photograph } from './photograph.ts'
import { REDIS } from './redis-settings.ts'

/** What a daemon is put under: the same process in each, with other work. */
export const subjects = ['idle', 'engine', 'pictures', 'busy', 'smallest'] as const
export type Subject = (typeof subjects)[number]

export type DaemonRounds = Readonly<Record<Subject, readonly DaemonFound[]>>

export interface DaemonOptions {
  readonly rounds: number
  readonly print: (line: string) => void
}

/** The gaps of an event loop are those of the machine too: an idle daemon takes its turn beside each busy one. */
export async function measureDaemon({ rounds, print }: DaemonOptions): Promise<DaemonRounds> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-'))
  const jpeg = await photograph()
  await using server = await serve((_, response) => response.end(jpeg))
  const reference = { origin: server.origin, path: '/photograph.jpg' }
  const found: Record<Subject, DaemonFound[]> = {
    ...{ idle: [], engine: [], pictures: [], busy: [], smallest: [] },
  }
  try {
    const tasks = tasksOn(await writeCheckpoint(folder, 'tiny-single'))
    const turns = alternate(['idle', 'engine', 'pictures', 'smallest'] as const, rounds)
    for (const subject of [...turns, 'busy'] as const) {
      print(`a daemon, ${says[subject]}`)
      found[subject].push(await once({ ...tasks[subject], reference }))
    }
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const says: Readonly<Record<Subject, string>> = {
  idle: 'idle beside its engine',
  engine: 'a real engine of tiny networks at work',
  pictures: 'pictures of 1024² from a stub, up to 4 a job',
  busy: 'pictures of 1024² from a stub that takes 1 s',
  smallest: 'one job at a time, drawn at once',
}

/** Long enough for thousands of gaps. */
const SECONDS = 5
const STUB_MS = 1_000
const BUSY_JOBS = 30
const SMALLEST_JOBS = 300
const NO_LIMIT = 1_000_000

type Work = Omit<DaemonTask, 'redis' | 'reference'>

function tasksOn(checkpoint: string): Readonly<Record<Subject, Work>> {
  const engine = { kind: 'tiny', checkpoint } as const
  const until = { jobs: NO_LIMIT, seconds: SECONDS }
  return {
    idle: { engine, load: 'none', backlog: 0, until },
    engine: { engine, load: 'changes', backlog: 4, until },
    pictures: { engine: { kind: 'stub', drawMs: 400 }, load: 'mixed', backlog: 4, until },
    busy: {
      ...{ engine: { kind: 'stub', drawMs: STUB_MS }, load: 'changes', backlog: 4 },
      until: { jobs: BUSY_JOBS, seconds: 4 * BUSY_JOBS },
    },
    smallest: {
      ...{ engine: { kind: 'at-once' }, load: 'smallest', backlog: 1 },
      until: { jobs: SMALLEST_JOBS, seconds: 60 },
    },
  }
}

async function once(task: Omit<DaemonTask, 'redis'>): Promise<DaemonFound> {
  await using redis = await privateRedis(...REDIS)
  const script = new URL('daemon-once.ts', import.meta.url)
  return await freshProcess({ script, task: { ...task, redis: redis.url }, found: daemonFound })
}
