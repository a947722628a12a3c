import { expect, it } from 'vitest'
import { type Job, readPayload, writePayload } from '#contract'
import { asVouched, vouchFor } from './vouch.ts'

const [now, before] = ['n'.repeat(32), 'b'.repeat(32)]
const sha256 = 'a'.repeat(64)
/** With every kind of value that a job may hold. */
const job: Job = {
  ...{ id: '7', source: 'gateway', mode: 'modify', userId: 'anna', contentMode: 'nsfw' },
  asked: { prompt: 'a cät\u2028', negativePrompt: null, denoiseStrength: 0.1 + 0.2, seed: 2 ** 52 },
  loras: [{ id: 'ink', strength: -0.5 }],
  ...{ reference: { path: 'user-library/anna/a.png' }, size: { width: 512, height: 768 } },
  ...{ cleared: [{ sha256, by: 'attestation' }], enhance: true, deadlineAt: 1_790_000_000_000 },
  metadata: { b: [1, { z: null, a: 'x' }], 2: 'two', 1: -0, none: undefined, __proto__x: true },
}

/** As it comes out of the queue. */
function pushed(given: Job): Job {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const reading = readPayload(writePayload({ ...given, traceparent, pushedAt: 1_780_000_000_000 }))
  if (reading.kind !== 'job') throw new Error(JSON.stringify(reading))
  return reading.job
}

it('a job that a gateway vouched for is its own, by each secret that is believed', () => {
  const read = pushed(vouchFor(job, [now, before]))
  expect(asVouched(read, [now])).toBe(read)
  expect(asVouched(read, [before, now])).toBe(read)
  expect(asVouched(read, [before])).toEqual({ ...read, source: 'foreign', cleared: undefined })
})

it('a job of which anything was changed is nobody’s word', () => {
  const read = pushed(vouchFor(job, [now]))
  const changes: readonly Partial<Job>[] = [
    { id: '8' },
    { userId: 'bert' },
    { asked: { ...read.asked, prompt: 'another' } },
    { reference: { path: 'user-library/anna/b.png' } },
    { cleared: [...(read.cleared ?? []), { sha256: 'b'.repeat(64), by: 'lineage' }] },
    { metadata: { ...read.metadata, more: true } },
    { voucher: undefined },
    { voucher: '' },
    { voucher: 'é'.repeat(64) },
  ]
  for (const change of changes) {
    expect(asVouched({ ...read, ...change }, [now]).source, JSON.stringify(change)).toBe('foreign')
  }
})

it('without secrets nothing is said, and nothing is asked for', () => {
  expect(vouchFor(job, [])).toBe(job)
  const read = pushed(job)
  expect(asVouched(read, [])).toBe(read)
})
