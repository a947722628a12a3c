import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { createFal } from '../providers/fal/fal.ts'
import { type FalStub, falStub } from '../providers/fal/fal-stub.case.ts'
import { type CareTest, careTest, quick, statesOf } from './caretaker.case.ts'
import { type StandIn, standIn } from './stand-in-provider.case.ts'

const [somewhere] = databasesHere
const decoder = new Decoder()
let database: Database
let stub: FalStub
let replicate: StandIn
let care: CareTest | undefined
beforeAll(async () => {
  database = await somewhere!.open()
})
afterAll(() => Promise.all([decoder[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]))
beforeEach(async () => {
  stub = await falStub({ queuedMs: 10, runMs: 30 })
  replicate = standIn('replicate', { state: () => ({ kind: 'cancelled' }) })
})
afterEach(async () => {
  await care?.[Symbol.asyncDispose]()
  await stub[Symbol.asyncDispose]()
})

async function started(hasWebhooks: boolean, find = quick.find): Promise<CareTest> {
  const { baseUrl, restUrl, key, userId } = stub
  const outputHosts = ['127.0.0.1']
  const fal = createFal({ baseUrl, restUrl, key, userId, outputHosts, contentModes: ['sfw'] })
  care = await careTest({
    ...{ database, decoder, providers: [fal, replicate.provider] },
    ...{ order: ['fal-ai', 'replicate'], hasWebhooks },
    parts: { outputRules: { privateOrigins: [stub.origin] }, times: { ...quick, find } },
  })
  care.start()
  return care
}

describe('a job at fal.ai', () => {
  test.each([
    ['is looked at where no webhook comes', false, 'never'],
    ['is looked at when its webhook comes', true, 'once'],
    ['is looked at once, whose webhook comes twice', true, 'twice'],
    ['is known by the webhook before it is by the answer', true, 'before-answer'],
  ] as const)('%s', async (_, hasWebhooks, webhook) => {
    stub.next({ webhook })
    const { accept, ended, count } = await started(hasWebhooks)
    const { id } = await accept({ provider: 'fal-ai' })
    expect(await ended(id)).toMatchObject({
      ...{ status: 'completed', provider: 'fal-ai', tried: [] },
      result: { assets: [{ format: 'png' }], effective: { provider: 'fal-ai' } },
    })
    expect(await count('charges', id)).toBe(1)
    expect(stub.submits).toHaveLength(1)
  })

  test('says what was sent, where that is not what was planned', async () => {
    const { accept, ended } = await started(false)
    const asked = { steps: 10, denoiseStrength: 0.05, guidanceScale: 30, negativePrompt: 'dogs' }
    const { id } = await accept({ provider: 'fal-ai', mode: 'modify', asked })
    const { planned, notes, result } = await ended(id)
    expect(planned).toMatchObject({ steps: 10, guidanceScale: 30, scheduler: 'euler' })
    expect(result?.effective).toEqual({
      ...{ provider: 'fal-ai', model: 'fal-ai/fast-sdxl/image-to-image' },
      ...{ steps: 20, evaluations: 1, denoiseStrength: 0.05, guidanceScale: 20 },
      ...{ negativePrompt: 'dogs', promptSyntax: 'none', size: { width: 64, height: 64 } },
    })
    expect(notes).toEqual([
      expect.stringMatching(/^The guidance scale is 20 instead of 30/),
      expect.stringMatching(/^20 steps are planned instead of 10/),
    ])
  })

  test('that was taken without an answer is known by its webhook alone', async () => {
    stub.next({ submit: 'reset-taken', webhook: 'once' })
    const { accept, ended } = await started(true, 10_000)
    const { id } = await accept({ provider: 'fal-ai' })
    expect(await ended(id)).toMatchObject({ status: 'completed', tried: [] })
    expect(stub.submits).toHaveLength(1)
  })

  test.each([
    ['reset', 'provider-ambiguous'],
    ['unauthenticated', 'provider-denied'],
  ] as const)('that met %s is another’s', async (submit, code) => {
    stub.next({ submit })
    const { accept, ended } = await started(true)
    const { id } = await accept({ provider: 'fal-ai' })
    await ended(id)
    expect((await statesOf(database, id))[0]).toBe(`fal-ai failed ${code}`)
    expect([stub.submits.length, replicate.calls.submit]).toEqual([1, 1])
  })

  test('that is completed with an error is tried again, for it was no completion', async () => {
    stub.next({ end: 'failed-in-status' })
    const { accept, ended } = await started(false)
    const row = await ended((await accept({ provider: 'fal-ai' })).id)
    expect(row).toMatchObject({ status: 'completed', tried: [{ provider: 'fal-ai' }] })
    expect([stub.submits.length, replicate.calls.submit]).toEqual([2, 0])
  })

  test('that crashed is another’s, and one whose content is refused is nobody’s', async () => {
    stub.next({ end: 'crashed' }, { end: 'refused' })
    const { accept, ended } = await started(false)
    const crashed = await ended((await accept({ provider: 'fal-ai' })).id)
    expect(crashed.tried).toMatchObject([{ provider: 'fal-ai', code: 'provider-failed' }])
    expect(replicate.calls.submit).toBe(1)
    const refused = await ended((await accept({ provider: 'fal-ai' })).id)
    expect(refused).toMatchObject({ failure: { code: 'provider-refused-content' }, tried: [] })
    expect(replicate.calls.submit).toBe(1)
  })
})
