/** What the client of many event streams is told, and what it heard. */
import { z } from 'zod'

export const streamsTask = z.object({
  origin: z.string(),
  callers: z.string(),
  /** The jobs to listen to, one stream each. */
  jobs: z.string(),
})

export const streamsFound = z.object({
  opened: z.number(),
  /** In milliseconds, for all of them to say their first event. */
  openMs: z.number(),
  /** Whose job was over, which the last event said. */
  ended: z.number(),
  /** Cut off or refused without that. */
  lost: z.number(),
  events: z.number(),
  progress: z.array(z.object({ id: z.string(), step: z.number(), at: z.number() })),
})
export type StreamsFound = z.infer<typeof streamsFound>
