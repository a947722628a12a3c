/** What is demanded of the queue and of the daemon that serves it. */
import { z } from 'zod'
import { gates } from '../queue/gates.ts'
import { measured } from './measured.ts'
import type { ResultFile } from './result-files.ts'
import { type Demand, judge, type Row } from './verdict.ts'

/** What bench `queue` keeps. */
const queue = z.object({
  bench: z.literal('queue'),
  summary: z.object({
    protocol: z.object({
      ours: z.object({
        alone: z.object({ p50Ms: z.number() }),
        together: z.object({ jobsPerSecond: z.number() }),
      }),
    }),
    daemon: z.object({
      overheadP50Ms: z.number(),
      gapOverIdleMs: z.number(),
      busy: z.number(),
    }),
  }),
})
type Summary = z.infer<typeof queue>['summary']

export function queueRows(files: readonly ResultFile[]): Row[] {
  return demands.map(({ of, ...demand }) =>
    judge(
      { ...demand, by: 'bench queue' },
      measured(files, queue, ({ summary }) => of(summary)),
    ),
  )
}

type QueueDemand = Omit<Demand, 'by'> & { readonly of: (summary: Summary) => number }

const demands: readonly QueueDemand[] = [
  {
    what: 'claim and finish of a job, p50',
    unit: 'ms',
    gate: { most: gates.mostOverheadMs },
    of: ({ protocol }) => protocol.ours.alone.p50Ms,
  },
  {
    what: 'daemon overhead a job but for encoding, p50',
    unit: 'ms',
    gate: { most: gates.mostOverheadMs },
    of: ({ daemon }) => daemon.overheadP50Ms,
  },
  {
    what: 'jobs through the protocol',
    unit: '/s',
    gate: { least: gates.leastJobsPerSecond },
    of: ({ protocol }) => protocol.ours.together.jobsPerSecond,
  },
  {
    what: "daemon's event loop, p99.9 gap over idle",
    unit: 'ms',
    gate: { most: gates.mostGapMs },
    of: ({ daemon }) => daemon.gapOverIdleMs,
  },
  {
    what: 'engine busy under backlog',
    unit: '%',
    gate: { least: 100 * gates.leastBusy },
    of: ({ daemon }) => 100 * daemon.busy,
  },
]
