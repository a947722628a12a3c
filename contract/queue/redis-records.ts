/** What Redis holds of a job, of its events and of a dead letter, read back. */
import { z } from 'zod'
import type { DeadLetter } from './dead-letters.ts'
import type { JobEvent, JobRecord } from './queue.ts'
import { fields, type RedisReply, word } from './redis-commands.ts'

const STATES = ['active', 'queued', 'delayed', 'completed', 'failed', 'cancelled'] as const
const EVENT_TYPES = [...STATES, 'progress', 'stalled'] as const

/** @param hash the fields of `keys.job`. */
export function readJob(hash: ReadonlyMap<string, string>): JobRecord | undefined {
  const status = hash.get('status')
  if (status === undefined) return undefined
  const number = (field: string) => Number(hash.get(field) ?? 0)
  const text = (field: 'raw' | 'worker' | 'code' | 'result') => {
    const value = hash.get(field)
    return value ? { [field]: value } : {}
  }
  return {
    status: word(status, STATES),
    fence: number('fence'),
    attempts: number('attempts'),
    stalls: number('stalls'),
    duplicates: number('dups'),
    ...text('raw'),
    ...text('worker'),
    ...text('code'),
    ...text('result'),
  }
}

/** @param reply entries of a stream. */
export function readEvents(reply: RedisReply | undefined): JobEvent[] {
  return (Array.isArray(reply) ? reply : []).map(([id, values]) => {
    const event = fields(values)
    const type = word(event.get('type') ?? '', EVENT_TYPES)
    return { id: String(id), type, data: event.get('data') ?? '' }
  })
}

/** @param letter JSON as the scripts `park`, `retry-later` and `reclaim` write it. */
export function readLetter(name: string, letter: string): DeadLetter {
  const { id, ...rest } = letterJson.parse(JSON.parse(letter))
  return { name, ...(id !== undefined && { id }), ...rest }
}

const letterJson = z.object({
  id: z.string().optional(),
  raw: z.string(),
  reason: z.string(),
  attempts: z.number(),
  stalls: z.number(),
  at: z.number(),
})
