import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Failure, type Job, lifetimes, queueKeys } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { createLog } from '#platform/log.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { createEnhancing, type EnhancingParts, withoutModel } from './enhance-job.ts'
import { memoryEnhancements, redisEnhancements } from './enhancement-cache.ts'
import { Enhancer } from './enhancer.ts'
import type { EnhancerInfo } from './messages.ts'
import { writeScriptedQwen } from './scripted-qwen.case.ts'

const PHRASES = [' golden hour light', ', shallow depth of field', ', fine film grain']
const ADDED = 'golden hour light, shallow depth of field, fine film grain'

let folder = ''
let enhancer: Enhancer
let info: EnhancerInfo
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-enhance-'))
  const path = await writeScriptedQwen(folder, PHRASES)
  const place = { path, weights: 'full', device: 'cpu', threads: 1 } as const
  enhancer = new Enhancer({ place, restMs: () => 0 })
  info = await enhancer.check()
  enhancer.load(info)
  await untilReady()
})
afterAll(async () => {
  await enhancer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function untilReady(): Promise<void> {
  while (!enhancer.health.available) await sleep(5)
}

const countTokens = loadTokenCounter()
const never = new AbortController().signal

function enhancingWith(more: Partial<EnhancingParts> = {}, identity = info.identity) {
  return createEnhancing(
    { enhancer, info: { identity, template: 'base' } },
    {
      ...{ cache: memoryEnhancements(), countTokens, signsOf: () => new Set(), timeoutMs: 60_000 },
      ...{ contentModeOf: ({ contentMode }) => contentMode, log: createLog({ level: 'silent' }) },
      ...more,
    },
  )
}

function jobOf(prompt: string, more: Partial<Job> = {}): Job {
  return {
    ...{ id: 'j1', source: 'gateway', mode: 'txt2img', asked: { prompt }, loras: [] },
    ...{ contentMode: 'sfw', enhance: true, metadata: {} },
    ...more,
  }
}

describe('a prompt', () => {
  test('stands first, with the model’s phrases after it', async () => {
    const came = await enhancingWith().enhance(jobOf('a red fox (1.2) 🦊'), never)
    expect(came).toMatchObject({ prompt: `a red fox (1.2) 🦊, ${ADDED}`, source: 'qwen' })
    expect(came.ms).toBeGreaterThan(0)
  })

  test.each([
    ['of COPY', { mode: 'copy', enhance: false }, 'copy'],
    ['of COPY that says otherwise', { mode: 'copy' }, 'copy'],
    ['that its author wants so', { enhance: false }, 'skipped'],
  ] as const)('%s stands as it is, and the model is not asked', async (_, more, fallback) => {
    const came = await enhancingWith().enhance(jobOf('a fox', more), never)
    expect(came).toEqual({ prompt: 'a fox', source: 'none', ms: 0, fallback })
  })

  test('stands as it is where there is no model, and says so', async () => {
    expect(await withoutModel.enhance(jobOf('a fox'), never)).toEqual({
      ...{ prompt: 'a fox', source: 'none', ms: 0, fallback: 'no-model' },
    })
    expect(withoutModel.health()).toEqual({
      available: false,
      why: 'QWEN_PATH names no Qwen 2.5: prompts go on as they are written.',
    })
  })

  test('that fills its window is left, by the rule’s name', async () => {
    const long = Array.from({ length: 70 }, (_, i) => `fox${i}`).join(' ')
    const { prompt, fallback } = await enhancingWith().enhance(jobOf(long), never)
    expect([prompt, fallback]).toEqual([long, 'no-room'])
  })
})

describe('what came of a prompt', () => {
  const asked = async (times: number, parts: Partial<EnhancingParts>) => {
    const sources: string[] = []
    const enhancing = enhancingWith(parts)
    for (let i = 0; i < times; i++) {
      sources.push((await enhancing.enhance(jobOf('a red fox'), never)).source)
      // It is remembered by somebody who is not waited for.
      await sleep(0)
    }
    return sources
  }

  test('is remembered, for the same words, mode, model and wishes alone', async () => {
    const cache = memoryEnhancements()
    expect(await asked(3, { cache })).toEqual(['qwen', 'cache', 'cache'])
    const again = async (more: Partial<Job>, identity = info.identity) =>
      (await enhancingWith({ cache }, identity).enhance(jobOf('a red fox', more), never)).source
    expect(await again({ contentMode: 'nsfw' })).toBe('qwen')
    expect(await again({ mode: 'modify' })).toBe('qwen')
    expect(await again({ asked: { prompt: 'a red fox', style: { shotType: 'wide' } } })).toBe(
      'qwen',
    )
    expect(await again({ enhancementSeed: 3 })).toBe('qwen')
    expect(await again({ enhancementSeed: 3 })).toBe('cache')
    expect(await again({}, 'another model')).toBe('qwen')
    expect(await again({ id: 'j2' })).toBe('cache')
  })

  test('is remembered where nothing came of it, too', async () => {
    const enhancing = enhancingWith({
      signsOf: (text) => new Set(/golden|depth|grain/.test(text) ? ['sexual'] : []),
    })
    const first = await enhancing.enhance(jobOf('a fox'), never)
    const { source, fallback } = await enhancing.enhance(jobOf('a fox'), never)
    expect([source, fallback, typeof fallback]).toEqual(['none', first.fallback, 'string'])
  })

  test.skipIf(privateRedisMissing)(
    'lies in Redis beside the queue for a week, and is shared by its workers',
    async () => {
      await using redis = await privateRedis()
      await using commands = connectRedis(redis.url, { purpose: 'worker', name: 'test' })
      const cache = () => redisEnhancements(commands, 'sdxl_queue')
      expect(
        (await enhancingWith({ cache: cache() }).enhance(jobOf('a red fox'), never)).source,
      ).toBe('qwen')
      const keys = async () =>
        (await commands.call('KEYS', queueKeys('sdxl_queue').enhancement('*'))) as string[]
      while ((await keys()).length === 0) await sleep(5)
      const [key = ''] = await keys()
      const left = Number(await commands.call('PTTL', key))
      expect(left).toBeGreaterThan(lifetimes.enhancement - 60_000)
      expect(key).not.toContain('fox')
      expect(
        (await enhancingWith({ cache: cache() }).enhance(jobOf('a red fox'), never)).source,
      ).toBe('cache')
    },
  )

  test('is had anew where nobody remembers, because whoever does is away', async () => {
    const away = () => Promise.reject(new Failure('queue-unavailable', 'Redis did not answer.'))
    expect(await asked(2, { cache: { get: away, set: away } })).toEqual(['qwen', 'qwen'])
  })
})

describe('an enhancer', () => {
  const frozen = () => process.kill(enhancer.pid ?? Number.NaN, 'SIGSTOP')
  const thawed = () => process.kill(enhancer.pid ?? Number.NaN, 'SIGCONT')

  test('that is too slow is not waited for, and what comes late is dropped', async () => {
    const cache = memoryEnhancements()
    const { pid } = enhancer
    frozen()
    const came = await enhancingWith({ cache, timeoutMs: 50 }).enhance(jobOf('a slow fox'), never)
    expect(came).toMatchObject({ prompt: 'a slow fox', source: 'none', fallback: 'timeout' })
    thawed()
    const next = await enhancingWith({ cache }).enhance(jobOf('a slow fox'), never)
    expect([next.source, enhancer.pid]).toEqual(['qwen', pid])
  })

  test('that dies in a text leaves the prompt as it is, and enhances the next', async () => {
    const { pid = Number.NaN } = enhancer
    frozen()
    const coming = enhancingWith().enhance(jobOf('a fox'), never)
    await sleep(0)
    process.kill(pid, 'SIGKILL')
    expect(await coming).toMatchObject({ prompt: 'a fox', fallback: 'out-of-memory' })
    const meanwhile = await enhancingWith().enhance(jobOf('a fox'), never)
    expect(['out-of-memory', 'loading']).toContain(meanwhile.fallback)
    await untilReady()
    expect((await enhancingWith().enhance(jobOf('a fox'), never)).source).toBe('qwen')
  })

  test('is not waited for by a job that is stopped', async () => {
    const stopping = new AbortController()
    frozen()
    onTestFinished(() => void thawed())
    const coming = enhancingWith().enhance(jobOf('a stopped fox'), stopping.signal)
    await sleep(0)
    stopping.abort('cancel')
    await expect(coming).rejects.toBe('cancel')
  })
})
