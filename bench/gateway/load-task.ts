/** What a generator of requests is told, and what it found. */
import { z } from 'zod'

const given = { origin: z.string(), callers: z.string(), connections: z.number() }

export const loadTask = z.discriminatedUnion('kind', [
  /** POST /v1/jobs at times that are fixed beforehand, however slowly they are answered. */
  z.object({ kind: z.literal('posts'), ...given, rate: z.number(), seconds: z.number() }),
  /** GET /v1/jobs/:id, one after another on each connection, of jobs that a file lists. */
  z.object({ kind: z.literal('reads'), ...given, seconds: z.number(), jobs: z.string() }),
])
export type LoadTask = z.infer<typeof loadTask>

/** Of whom a job is: the place of its caller in the file. */
export const jobsSchema = z.array(z.object({ id: z.string(), caller: z.number() }))
export type Jobs = z.infer<typeof jobsSchema>

export const loadFound = z.object({
  answered: z.number(),
  /** By what went wrong: a status, or a word. */
  errors: z.record(z.string(), z.number()),
  tookMs: z.number(),
  /** From when a request was due, which is when somebody wanted it; of reads, from when it was sent. */
  latencyMs: z.array(z.number()),
  /** How much later than due requests were sent: the generator's own share of that. */
  lateMs: z.array(z.number()),
  /** Of the generator. */
  processorSeconds: z.number(),
  /** Between two turns of its event loop, in which it hears of no answer: its own share of what is slowest. */
  gapMs: z.object({ p99: z.number(), most: z.number() }),
  jobs: jobsSchema,
})
export type LoadFound = z.infer<typeof loadFound>
