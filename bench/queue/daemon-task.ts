/** What the process that is a daemon under watch is told, and what it finds. */
import { z } from 'zod'
import { loads } from './jobs-of.ts'

export const daemonTask = z.object({
  redis: z.string(),
  /** Of the server of references, and their path on it. */
  reference: z.object({ origin: z.string(), path: z.string() }),
  engine: z.discriminatedUnion('kind', [
    /** The real one, on a checkpoint of tiny networks. */
    z.object({ kind: z.literal('tiny'), checkpoint: z.string() }),
    /** A process that takes so long for a picture and draws nothing. */
    z.object({ kind: z.literal('stub'), drawMs: z.number() }),
    /** Within this process, which answers at once. */
    z.object({ kind: z.literal('at-once') }),
  ]),
  load: z.enum(loads),
  /** How many wait at any time. */
  backlog: z.number(),
  /** Ends the first time that so many jobs have ended, or so many seconds have passed. */
  until: z.object({ jobs: z.number(), seconds: z.number() }),
})
export type DaemonTask = z.infer<typeof daemonTask>

/** In ms. */
const gaps = z.object({
  p50: z.number(),
  p99: z.number(),
  p999: z.number(),
  most: z.number(),
  count: z.number(),
  /** Without what the thread waited for a processor that other work on the machine had. */
  ownP999: z.number(),
  ownMost: z.number(),
})
export type Gaps = z.infer<typeof gaps>

export const stages = [
  'preparing',
  'drawing',
  'encoding',
  'storing',
  'finishing',
  'publishing',
] as const
export type Stage = (typeof stages)[number]

export const daemonFound = z.object({
  /** Between two turns of a timer that asks for one each millisecond. */
  gaps,
  jobs: z.number(),
  wallMs: z.number(),
  /** Share of the time that a stub was at work, from an answer of it to its last. */
  busy: z.number().optional(),
  /** Of each job in turn; of jobs that overlap there is none. */
  stagesMs: z.array(z.partialRecord(z.enum(stages), z.number())),
  /** Of each job, from its claim until its pictures were published. */
  jobMs: z.array(z.number()),
})
export type DaemonFound = z.infer<typeof daemonFound>
