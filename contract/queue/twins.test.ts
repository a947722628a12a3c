/** That the queue in memory is the queue on Redis: anything done to both is answered alike. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import type { Glance } from './by-hand.ts'
import { memoryQueue } from './memory-queue.ts'
import { completed, element, idOf, LEASE_MS, type QueueUnderTest, waitingIn } from './queue.case.ts'
import type { Claim, OwedCallback, QueueOptions } from './queue.ts'
import { type RedisCommands, texts } from './redis-commands.ts'
import { redisQueueMaker } from './redis-queue.case.ts'

/** None is near a sum of the others and of leases and backoffs, which real time could blur. */
const JUMPS = [3_501, 35_003]
const WAIT_MS = 5_000
const IDS = ['1', '2', '3', '4']
const SEED = 20_261

describe.skipIf(redisMissing)('the queue in memory and that on Redis', () => {
  let server: Awaited<ReturnType<typeof testRedis>>
  let redis: ReturnType<typeof redisQueueMaker>
  beforeAll(async () => {
    server = await testRedis()
    redis = redisQueueMaker(server.url)
  })
  afterAll(async () => {
    await redis[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('answer alike to whatever is done to them', async () => {
    const schedule = fc.array(step, { minLength: 20, maxLength: 60 })
    const property = fc.asyncProperty(schedule, async (steps) => {
      const settings = { leaseMs: LEASE_MS, blockMs: 10, mostAttempts: 1 }
      const options = { settings, idOf, random: () => 1 }
      const times: number[] = []
      const clock = async () => {
        times.push(await redisTime(redis.redis))
      }
      const onRedis = await answersOf(redis.make(options), steps, clock)
      const memory = inMemory(options, times)
      expect(await answersOf(memory, steps, memory.clock)).toEqual(onRedis)
    })
    await fc.assert(property, { seed: SEED, numRuns: 15, endOnFailure: true })
  })
})

/** Its clock shows at each step what Redis's showed there, so that no slow machine tells them apart. */
function inMemory(options: QueueOptions, times: readonly number[]) {
  let skew = 0
  let step = -1
  const queue = memoryQueue({ ...options, clock: () => (times[step] ?? 0) + skew })
  return {
    queue,
    async advance(ms: number) {
      skew += ms
    },
    async clock() {
      step++
    },
  }
}

async function redisTime(redis: RedisCommands): Promise<number> {
  const [seconds = 0, micros = 0] = texts(await redis.call('TIME')).map(Number)
  return seconds * 1000 + Math.floor(micros / 1000)
}

interface Step {
  readonly verb:
    | 'push'
    | 'unreadable'
    | 'take'
    | 'beat'
    | 'finish'
    | 'fail'
    | 'giveBack'
    | 'retryLater'
    | 'leave'
    | 'cancel'
    | 'jump'
    | 'sweep'
    | 'due'
    | 'done'
    | 'later'
    | 'putBack'
    | 'retryDead'
    | 'drop'
    | 'retry'
  readonly which: number
  readonly worker: 0 | 1
}

const verb = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Step['verb'][]>('push', 'take', 'jump', 'sweep') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step['verb'][]>('finish', 'giveBack', 'retryLater', 'fail', 'beat'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step['verb'][]>(
      ...(['cancel', 'due', 'done', 'retryDead', 'leave', 'unreadable', 'drop', 'retry'] as const),
      ...(['later', 'putBack'] as const),
    ),
  },
)
const step: fc.Arbitrary<Step> = fc.record({
  verb,
  which: fc.nat(11),
  worker: fc.constantFrom(0, 1),
})

/** Which times there are, and not what they say. */
function withoutTimes(glance: Glance | undefined) {
  const entries = Object.entries(glance ?? {})
  return entries
    .map(([name, value]) => (/^(since|left|until)/.test(name) ? [name] : [name, value]))
    .toSorted()
}

/** Everything that was answered, and how all stood at the end. Claims are named, late ones too, by their place. */
async function answersOf(
  { queue, advance }: QueueUnderTest,
  steps: readonly Step[],
  clock: () => Promise<void>,
) {
  const workers = [queue.worker('a'), queue.worker('b')] as const
  const claims: Claim[] = []
  const owed: OwedCallback[] = []
  const answers: unknown[] = []

  const perform = async ({ verb, which, worker }: Step): Promise<unknown> => {
    const by = workers[worker]
    const id = IDS[which % IDS.length] ?? ''
    const claim = claims[claims.length - 1 - (which % 3)]
    switch (verb) {
      case 'push':
        return queue.push(element(id), which === 11 ? 'priority' : undefined)
      case 'unreadable':
        return queue.push('{')
      case 'take': {
        const taken = await by.take()
        if (taken) claims.push(taken)
        return taken && { ...taken, startedAt: 0, firstSeenAt: 0, token: '' }
      }
      case 'beat':
        return by.beat(claims.slice(-3))
      case 'finish':
        return claim && by.finish(claim, completed)
      case 'fail':
        return (
          claim &&
          by.finish(claim, {
            status: 'failed',
            code: 'internal',
            result: '',
            retryable: which % 2 > 0,
          })
        )
      case 'giveBack':
        return claim && by.giveBack(claim)
      case 'retryLater':
        return claim && by.retryLater(claim, { code: 'storage-failed', result: '{}' })
      case 'leave':
        return by.leave(claims.slice(-2))
      case 'cancel':
        return queue.cancel(id)
      case 'jump':
        return advance(JUMPS[which % 2] ?? 0)
      case 'sweep':
        return { ...(await queue.sweep()), returned: 0 }
      case 'due': {
        const due = await queue.callbacks.due({ count: 10, leaseMs: 10_000 })
        owed.push(...due)
        return due.map((each) => ({ ...each, finishedAt: 0 }))
      }
      case 'done':
      case 'later':
      case 'putBack': {
        const one = owed[owed.length - 1 - (which % 2)]
        return one && queue.callbacks[verb](one, WAIT_MS)
      }
      case 'retryDead': {
        const letter = await queue.dead.find(id)
        return letter && queue.dead.retry(letter)
      }
      case 'drop':
        return queue.byHand.drop(id)
      case 'retry':
        return queue.byHand.retry(id)
    }
  }

  for (const each of steps) {
    await clock()
    await advance(7)
    answers.push([each.verb, await perform(each)])
  }
  const letters = await queue.dead.list({ from: 0, count: 100 })
  return {
    answers,
    depth: { ...(await queue.depth()), headAgeMs: 0 },
    waiting: await waitingIn(queue),
    dead: letters.map((letter) => ({ ...letter, name: '', at: 0 })),
    jobs: await Promise.all(IDS.map((id) => queue.job(id))),
    glances: (await queue.byHand.glance(IDS)).map(withoutTimes),
    events: await Promise.all(
      IDS.map(async (id) => (await queue.events(id)).map(({ type, data }) => `${type} ${data}`)),
    ),
  }
}
