import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JobResult, memoryQueue, readPayload, readResult } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { finishedJob } from '#platform/webhook/finished-job.ts'
import { createEnhancing, type Enhancing } from '#worker/enhance/enhance-job.ts'
import { memoryEnhancements } from '#worker/enhance/enhancement-cache.ts'
import { Enhancer } from '#worker/enhance/enhancer.ts'
import { writeScriptedQwen } from '#worker/enhance/scripted-qwen.case.ts'
import { readShippedRules } from '../../../policy/read-rules.ts'
import { createScreen } from '../../../policy/screen.ts'
import type { Order } from '../draw.ts'
import { drawnAs, idOf, type TestWorkshop, testWorkshop, USER } from '../workshop.case.ts'
import type { Workshop } from '../workshop.ts'
import { processJob } from './process-job.ts'

let folder = ''
let made: TestWorkshop
let enhancer: Enhancer
let enhancing: Enhancing
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-enhanced-'))
  made = await testWorkshop()
  const path = await writeScriptedQwen(folder, [' golden hour light', ', fine film grain'])
  enhancer = new Enhancer({ place: { path, weights: 'full', device: 'cpu', threads: 1 } })
  const info = await enhancer.check()
  enhancer.load(info)
  while (!enhancer.health.available) await sleep(5)
  enhancing = createEnhancing(
    { enhancer, info },
    {
      ...{ cache: memoryEnhancements(), countTokens: loadTokenCounter(), timeoutMs: 60_000 },
      ...{ signsOf: () => new Set(), contentModeOf: () => 'sfw', log: made.workshop.log },
    },
  )
})
afterAll(async () => {
  await enhancer[Symbol.asyncDispose]()
  await made[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** As our gateway pushes it. */
const pushed = (id: string, more: object = {}): string => {
  const i2i = {
    ...{ v: 1, id, source: 'gateway', mode: 'txt2img', loras: [], userId: USER },
    ...{ contentMode: 'sfw', enhance: true, metadata: {} },
    asked: { prompt: 'a heron', style: { shotType: 'wide' } },
    ...more,
  }
  return JSON.stringify({ id, i2i })
}

async function run(raw: string, given: Partial<Workshop> = {}) {
  const queue = memoryQueue({ idOf })
  const worker = queue.worker('test')
  await queue.push(raw)
  const claim = await worker.take()
  if (!claim) throw new Error('nothing was taken')
  const drawn: Order[] = []
  const draw: Workshop['draw'] = async (order) => {
    drawn.push(order)
    return drawnAs(order)
  }
  const attempt = {
    ...{ claim, worker, enter: () => {}, signal: new AbortController().signal },
    inTurn: <T>(work: () => Promise<T>) => work(),
  }
  const ended = await processJob(attempt, { ...made.workshop, enhancing, draw, ...given })
  const result = readResult((await queue.job(claim.id))?.result ?? '')
  return { ended, result, drawn: drawn[0]?.planned.prompt }
}

const callbackOf = (raw: string, result: JobResult) => {
  const reading = readPayload(raw)
  const job = reading.kind === 'job' ? reading.job : undefined
  return finishedJob({ id: 'x', status: 'completed', code: '' }, { job, result }).metadata
}

test('a job is drawn from its prompt as enhanced, with its style after that, and tells both', async () => {
  const raw = pushed('e1')
  const { ended, result, drawn } = await run(raw)
  expect(ended).toEqual({ outcome: 'completed' })
  expect(drawn).toMatch(/^a heron, golden hour light, fine film grain, wide shot$/)
  expect(result).toMatchObject({
    ...{ prompt: drawn, originalPrompt: 'a heron', enhancement: { source: 'qwen' } },
  })
  expect(callbackOf(raw, result)).toMatchObject({
    ...{ original_prompt: 'a heron', enhanced_prompt: drawn, enhancement: { source: 'qwen' } },
  })
})

test('what a producer calls the original stays so in its callback', async () => {
  const raw = pushed('e2', { metadata: { original_prompt: 'heron' } })
  const { result } = await run(raw)
  expect(callbackOf(raw, result)).toMatchObject({ original_prompt: 'heron' })
})

test('a job that wants none is drawn from what was written, and says why', async () => {
  const raw = pushed('e3', { enhance: false, asked: { prompt: 'a heron' } })
  const { result, drawn } = await run(raw)
  expect(drawn).toBe('a heron')
  expect(result.enhancement).toEqual({ source: 'none', ms: 0, fallback: 'skipped' })
  expect(result.originalPrompt).toBeUndefined()
  expect(callbackOf(raw, result)).not.toHaveProperty('enhanced_prompt')
})

test('a foreign job is enhanced where it says so alone', async () => {
  const foreign = (more: object) =>
    JSON.stringify({ id: 'f1', type: 'sdxl_image_fast', prompt: 'a heron', user_id: USER, ...more })
  const reasons = async (more: object) => (await run(foreign(more))).result.enhancement?.fallback
  expect(await reasons({})).toBe('skipped')
  expect(await reasons({ metadata: { skip_enhancement: true } })).toBe('skipped')
  const asked = await run(foreign({ metadata: { skip_enhancement: false } }))
  expect(asked.drawn).toBe('a heron, golden hour light, fine film grain')
})

test('what the policy refuses of the enhanced prompt is refused, and not drawn from as written', async () => {
  const added = { version: 'test 1', about: 'Of this test.', alone: ['film grain'] }
  const screen = createScreen({ rules: [...readShippedRules(), added] })
  const { ended, drawn } = await run(pushed('e4'), { screen })
  expect([ended, drawn]).toEqual([{ outcome: 'failed', code: 'policy-prompt' }, undefined])
})

test('an enhancer that is away costs a job nothing but the enhancement', async () => {
  process.kill(enhancer.pid ?? Number.NaN, 'SIGKILL')
  while (enhancer.health.available) await sleep(5)
  const { ended, result, drawn } = await run(pushed('e5', { asked: { prompt: 'an egret' } }))
  expect([ended.outcome, drawn]).toEqual(['completed', 'an egret'])
  expect(result.enhancement?.source).toBe('none')
})
