/** What is known of our workers and of what waits for them: read each second by one reader a process. */
import { type HealthReport, type Queue, readHealthReport } from '#contract'
import type { Sql } from '../database/database.ts'
import { waitOf } from './local-estimate.ts'
import { createPoolState, defaultPoolTimes, type PoolTimes } from './pool-state.ts'

export interface WorkerView {
  readonly name: string
  /** Takes jobs, and was heard of lately. */
  readonly isLive: boolean
  readonly silentMs: number
  /** Undefined for what another version says that is understood no more. */
  readonly report: HealthReport | undefined
}

export interface LocalView {
  /** Whether jobs are sent to our workers at all; slower to change than who is live. */
  readonly isUp: boolean
  /** By our clock, in ms. */
  readonly since: number
  readonly isOverloaded: boolean
  /** Jobs that nobody has taken yet, in the queue and in the database. */
  readonly waiting: number
  /** What these and those in hand will take, shared between all who are live. */
  readonly waitSeconds: number
  readonly workers: readonly WorkerView[]
}

export interface WorkerReaderParts {
  readonly queue: Pick<Queue, 'workers' | 'depth'>
  readonly sql: Sql
  /** Waits beyond 0.8 of it are an overload, until they are below 0.5. */
  readonly budgetMs?: number | undefined
  readonly pool?: Partial<PoolTimes> | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface WorkerReader {
  readonly view: () => LocalView
  /** Asks the queue and the database. Throws what they throw; workers that are not heard of grow silent. */
  readonly read: () => Promise<void>
  /** A job was sent to our workers since the last look. */
  readonly joined: () => void
}

/** The deadline that a job has unless it names one. */
const BUDGET_MS = 120_000
const ENTER_OVERLOAD = 0.8
const LEAVE_OVERLOAD = 0.5

export function createWorkerReader(parts: WorkerReaderParts): WorkerReader {
  const { queue, sql, now } = parts
  const budgetSeconds = (parts.budgetMs ?? BUDGET_MS) / 1000
  const look = createPoolState({ ...defaultPoolTimes, ...parts.pool })
  let seen: readonly Reported[] = []
  let counted = 0
  let joinedSince = 0
  let isOverloaded = false
  let view: LocalView = {
    ...{ isUp: false, since: now(), isOverloaded, waiting: 0, waitSeconds: 0, workers: [] },
  }

  const update = () => {
    const { isUp, since, live, silentMs } = look(seen, now())
    const reports = seen.flatMap(({ name, report }) => (report && live.has(name) ? [report] : []))
    const waiting = counted + joinedSince
    const waitSeconds = waitOf(waiting, reports)
    isOverloaded = waitSeconds > budgetSeconds * (isOverloaded ? LEAVE_OVERLOAD : ENTER_OVERLOAD)
    const workers = seen.map(({ name, report }) => {
      return { name, isLive: live.has(name), silentMs: silentMs.get(name) ?? 0, report }
    })
    view = { isUp, since, isOverloaded, waiting, waitSeconds, workers }
  }
  return {
    view: () => ({ ...view, waiting: counted + joinedSince }),
    async read() {
      try {
        const [workers, depth, inDatabase] = await Promise.all([
          queue.workers(),
          queue.depth(),
          waitingIn(sql),
        ])
        seen = workers.map(({ name, lapsesAt, health }) => {
          const report = readHealthReport(health)
          const isWilling = report?.state === 'idle' || report?.state === 'busy'
          return { name, lapsesAt, report, isWilling }
        })
        counted = depth.waiting + depth.priority + depth.delayed + inDatabase
        joinedSince = 0
      } finally {
        update()
      }
    },
    joined() {
      joinedSince++
    },
  }
}

interface Reported {
  readonly name: string
  readonly lapsesAt: number
  readonly report: HealthReport | undefined
  readonly isWilling: boolean
}

async function waitingIn(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ readonly n: number }>(
    `select count(*)::int as n from i2i.attempts where provider = 'local-sdxl' and state = 'waiting'`,
  )
  return row?.n ?? 0
}
