/** What is demanded of the gateway. */
import { z } from 'zod'
import { gates } from '../gateway/gates.ts'
import { measured } from './measured.ts'
import type { ResultFile } from './result-files.ts'
import { type Demand, judge, type Row } from './verdict.ts'

const store = z.object({
  posts: z.array(z.object({ rate: z.number(), p99Ms: z.number() })),
  reads: z.object({ perSecond: z.number() }),
})

/** What bench `gateway` keeps. */
const gateway = z.object({
  bench: z.literal('gateway'),
  summary: z.object({
    postgres: store.optional(),
    streams: z.object({ opened: z.number(), lost: z.number(), growthMb: z.number() }),
  }),
})
type Summary = z.infer<typeof gateway>['summary']

export function gatewayRows(files: readonly ResultFile[]): Row[] {
  return demands.map(({ of, ...demand }) =>
    judge(
      { ...demand, by: 'bench gateway' },
      measured(files, gateway, ({ summary }) => of(summary)),
    ),
  )
}

type GatewayDemand = Omit<Demand, 'by'> & { readonly of: (summary: Summary) => number | undefined }

const demands: readonly GatewayDemand[] = [
  {
    what: `POST /v1/jobs at ${gates.rate} a second on Postgres, p99`,
    unit: 'ms',
    goal: { most: gates.mostPostMs },
    of: ({ postgres }) => postgres?.posts.find(({ rate }) => rate === gates.rate)?.p99Ms,
  },
  {
    what: 'reads of a job on Postgres',
    unit: '/s',
    goal: { least: gates.leastReadsPerSecond },
    of: ({ postgres }) => postgres?.reads.perSecond,
  },
  {
    what: 'event streams that stay open',
    unit: '',
    gate: { least: gates.streams },
    of: ({ streams }) => streams.opened - streams.lost,
  },
  {
    what: 'their memory in a minute, garbage apart',
    unit: 'MB more',
    gate: { most: gates.mostGrowthMb },
    of: ({ streams }) => streams.growthMb,
  },
]
