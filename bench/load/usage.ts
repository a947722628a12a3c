/** What `bench -- load` can be told, and what it is told in. */
import type { Given } from '../given.ts'
import { readMix } from './arrivals.ts'
import type { LoadOptions } from './load.ts'

export const loadUsage = {
  gateway: 'URL (http://127.0.0.1:8787)',
  key: 'KEY',
  minutes: 'N (30)',
  percent: 'OF CAPACITY (80)',
  'jobs-a-minute': 'N, in its place',
  mix: 'MODE:SHARE,… (modify:6,copy:3,txt2img:1)',
  steps: 'N',
  engines: 'N (1)',
  'cents-an-hour': 'N, what an engine costs',
  reference: 'FILE (examples/cat.jpg)',
  seed: 'N (1)',
  metrics: 'URL,… whose memory is watched',
  replay: 'FILE',
  record: 'FILE',
} as const

/** Throws `request-invalid` for what is no number, or no mix. */
export function readLoad(given: Given): LoadOptions {
  const [aMinute, cents] = [given.count('jobs-a-minute'), given.count('cents-an-hour')]
  return {
    gateway: given.text('gateway') ?? 'http://127.0.0.1:8787',
    key: given.text('key'),
    reference: given.text('reference') ?? 'examples/cat.jpg',
    rate: aMinute === undefined ? undefined : aMinute / 60,
    share: (given.count('percent') ?? 80) / 100,
    minutes: given.count('minutes') ?? 30,
    mix: readMix(given.text('mix') ?? 'modify:6,copy:3,txt2img:1'),
    steps: given.count('steps'),
    seed: given.count('seed') ?? 1,
    engines: given.count('engines') ?? 1,
    dollarsAnHour: cents === undefined ? undefined : cents / 100,
    metrics: given.text('metrics')?.split(',') ?? [],
    replay: given.text('replay'),
    record: given.text('record'),
  }
}
