import { expect, it } from 'vitest'
import { type HealthReport, readHealthReport } from './worker-health.ts'

const report: HealthReport = {
  version: '0.1.0',
  state: 'degraded',
  reason: 'engine-hung',
  inFlight: 0,
  heldSeconds: 0,
  device: 'cuda',
  gpu: '1',
  checkpoint: 'lustify.safetensors',
  modes: ['modify', 'copy', 'txt2img'],
  sizes: ['1024x1024', '832x1216'],
  loras: true,
  enhancement: { available: false, why: 'It is loading.' },
  service: [{ mode: 'modify', size: '1024x1024', seconds: 3.25 }],
}

it('is read as it was written, also with what a later version adds', () => {
  const text = JSON.stringify({ ...report, later: true })
  expect(readHealthReport(text)).toEqual(report)
})

it.each([
  ['nothing, as before a first beat', undefined],
  ['an unknown state', JSON.stringify({ ...report, state: 'asleep' })],
  ['a size in other words', JSON.stringify({ ...report, sizes: ['1024×1024'] })],
  ['no JSON', '{"version"'],
])('is not read from %s', (_, text) => {
  expect(readHealthReport(text)).toBeUndefined()
})
