/** The queue by hand, on Redis: every look is bounded by a count, every change is one script. */
import type { ByHand, FoundWaiting, Glance, Lane, WaitingElement } from './by-hand.ts'
import { readElement } from './read-element.ts'
import { texts, word } from './redis-commands.ts'
import type { RedisQueueParts } from './redis-queue.ts'

/** At most 13 MB of elements. */
const PAGE = 50

export function redisByHand(parts: RedisQueueParts): ByHand {
  const { at, keys, run, side, commands } = parts
  const lanes = { queue: keys.queue, priority: keys.priority }

  /** Counted from one end of a lane; the nearest to that end is the first. */
  async function page(lane: string, { from, count, end }: Span): Promise<Page> {
    const isLeft = (end === 'front') === (side === 'LEFT')
    const [first, last] = isLeft ? [from, from + count - 1] : [-from - count, -from - 1]
    const reply = await run('page', [lane], [first, last, at.mostElementBytes])
    const [length = '', ...pairs] = texts(reply)
    const elements = Array.from({ length: pairs.length / 2 }, (_, i): WaitingElement => {
      const raw = pairs[2 * i + 1]
      return { bytes: Number(pairs[2 * i]), ...(raw && { raw }) }
    })
    return { length: Number(length), elements: isLeft ? elements : elements.toReversed() }
  }

  /** From the back on, where what is taken meanwhile hides nothing; so the last one found is the first in line. */
  async function findIn(lane: Lane, id: string): Promise<FoundWaiting | undefined> {
    let found: FoundWaiting | undefined
    for (let from = 0; ; from += PAGE) {
      const { length, elements } = await page(lanes[lane], { from, count: PAGE, end: 'back' })
      for (const [i, { raw }] of elements.entries()) {
        const read = raw === undefined ? undefined : readElement(raw, parts.idOf)
        if (raw === undefined || read?.id !== id) continue
        const ahead = Math.max(0, length - 1 - from - i)
        found = { raw, ...read, lane, ahead }
      }
      if (elements.length < PAGE) return found
    }
  }

  async function glance(ids: readonly string[]): Promise<(Glance | undefined)[]> {
    if (ids.length === 0) return []
    const sets = [keys.active, keys.delayed, keys.outbox]
    const reply = await run('glance', [...sets, ...ids.map(keys.job)], ids)
    if (!Array.isArray(reply)) throw new Error('Redis answered a glance with no list')
    return ids.map((id, i) => readGlance(id, texts(reply[i])))
  }

  const earliest = async (set: string, count: number) => {
    const ids = count < 1 ? [] : texts(await commands.call('ZRANGE', set, 0, count - 1))
    const seen = await glance(ids)
    return seen.filter((each) => each !== undefined)
  }
  const findWaiting = async (id: string) =>
    (await findIn('priority', id)) ?? (await findIn('queue', id))

  return {
    async waiting({ from, count, lane = 'queue' }) {
      if (count < 1) return []
      return (await page(lanes[lane], { from, count, end: 'front' })).elements
    },
    active: (count) => earliest(keys.active, count),
    delayed: (count) => earliest(keys.delayed, count),
    glance,
    findWaiting,
    async retry(id) {
      const { outbox, queue, settlements } = keys
      const those = [keys.job(id), outbox, keys.events(id), queue, settlements]
      return word(await run('retry-failed', those, [id, side]), ['retried', ...STATES, 'unknown'])
    },
    async drop(id) {
      const {
        raw = '',
        normalised = '',
        owner = '',
        lane = 'queue',
      } = (await findWaiting(id)) ?? {}
      const { active, outbox, delayed, settlements } = keys
      const ofJob = [keys.job(id), active, outbox, keys.events(id)]
      const those = [...ofJob, delayed, lanes[lane], settlements]
      const [answer = '', copies] = texts(await run('drop', those, [id, raw, normalised, owner]))
      return { answer: word(answer, DROPPED), copies: Number(copies) }
    },
  }
}

interface Span {
  readonly from: number
  readonly count: number
  readonly end: 'front' | 'back'
}

interface Page {
  /** Of the whole lane. */
  readonly length: number
  readonly elements: readonly WaitingElement[]
}

const ENDED = ['completed', 'failed', 'cancelled'] as const
const STATES = ['active', 'queued', 'delayed', ...ENDED] as const
const DROPPED = ['dropped', 'cancelling', ...ENDED, 'unknown'] as const

/** @param reply of `glance.lua` for one job. */
function readGlance(id: string, reply: readonly string[]): Glance | undefined {
  const [status = '', fence, attempts, stalls, cancel, worker, code, callbacks, ...times] = reply
  if (status === '') return undefined
  const time = <Name extends string>(name: Name, text = '') =>
    text === '' ? {} : { [name]: Number(text) }
  const [seen, start, end, left, callback] = times
  return {
    id,
    status: word(status, STATES),
    fence: Number(fence),
    attempts: Number(attempts),
    stalls: Number(stalls),
    isCancelled: cancel === '1',
    callbacks: Number(callbacks),
    ...(worker && { worker }),
    ...(code && { code }),
    ...time('sinceSeen', seen),
    ...time('sinceStart', start),
    ...time('sinceEnd', end),
    ...time('left', left),
    ...time('untilCallback', callback),
  }
}
