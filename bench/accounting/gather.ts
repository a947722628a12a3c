/** What there is to judge by when all is over, and how much of the harm was felt. */
import type { JobRecord } from '#contract'
import type { Evidence } from './ledger.ts'
import { linesOf } from './lines-of.ts'
import type { Pushed } from './produce.ts'
import { POISON_DEATHS } from './settings.ts'
import type { Stage } from './stage.ts'
import { lookIntoStorage } from './stored.ts'
import { finishRecord } from './witness.ts'

/** Without these, a good ledger would say little. */
export interface Felt {
  /** Jobs that were taken from a worker that was thought dead. */
  readonly takenOver: number
  /** Second copies that were dropped: their first push had arrived unacknowledged. */
  readonly copies: number
  /** Finishes that came too late. */
  readonly refused: number
  /** Callbacks that came again. */
  readonly repeated: number
  /** Drawings that failed, and were given another try. */
  readonly retried: number
  /** Files that killed attempts left in the storage. */
  readonly left: number
}

export interface Gathered {
  readonly evidence: Evidence
  readonly felt: Felt
  /** Files that attempts left which had come to their end: there should be none. */
  readonly forgotten: number
}

/** The workers must have ended. `byGateways`: ids of jobs that gateways have pushed. */
export async function gather(
  { queue, crew, places, receiver }: Pick<Stage, 'queue' | 'crew' | 'places' | 'receiver'>,
  { acknowledged, poison }: Pushed,
  byGateways: Iterable<string>,
): Promise<Gathered> {
  const jobs = new Map<string, JobRecord>()
  for (const id of [...acknowledged, ...poison, ...byGateways]) {
    const job = await queue.job(id)
    if (job) jobs.set(id, job)
  }
  const letters = new Set<string>()
  for (const { id } of await queue.dead.list({ from: 0, count: jobs.size })) {
    if (id !== undefined) letters.add(id)
  }
  const workers = crew.names()
  const lines = (await Promise.all(workers.map((name) => linesOf(places.finishes(name))))).flat()
  const finishes = lines.map((line) => finishRecord.parse(JSON.parse(line)))
  const told = receiver.received
  const { published, left, forgotten } = await lookIntoStorage(places, { told, workers })

  const deaths = POISON_DEATHS
  const sum = (of: (job: JobRecord) => number) =>
    [...jobs.values()].reduce((total, job) => total + of(job), 0)
  return {
    evidence: { acknowledged, poison, told, finishes, published, jobs, letters, deaths },
    forgotten,
    felt: {
      takenOver: sum(({ stalls }) => stalls),
      copies: sum(({ duplicates }) => duplicates),
      retried: sum(({ attempts }) => attempts),
      refused: finishes.filter(({ answer }) => answer === 'lost').length,
      repeated: told.length - receiver.delivered(),
      left,
    },
  }
}
