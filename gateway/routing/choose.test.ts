import { describe, expect, test } from 'vitest'
import { orderOf } from '../providers/order.case.ts'
import { atLeastMs } from '../providers/retry-after.ts'
import {
  allOpen,
  choiceOf,
  crashed,
  down,
  noRemote,
  open,
  unfit,
  up,
  type Wish,
  worker,
} from './choices.case.ts'
import { choose } from './choose.ts'
import type { LocalView } from './worker-view.ts'

describe('the first that can do it does it', () => {
  test.each<[string, Wish, readonly string[]]>([
    ['all is well', {}, ['local-sdxl', 'preferred']],
    ['another order', { order: ['fal-ai', 'local-sdxl'] }, ['fal-ai', 'preferred']],
    ['no worker', { local: down }, ['replicate', 'no-worker']],
    ['no worker in time', { local: { waiting: 30 } }, ['replicate', 'too-slow']],
    [
      'a worker whose hands are full',
      { local: { workers: [worker({ heldSeconds: 115 })] } },
      ['replicate', 'too-slow'],
    ],
    [
      'thirty wait and no deadline',
      { local: { waiting: 30 }, limits: { remainingMs: undefined } },
      ['local-sdxl', 'preferred'],
    ],
    ['an overload', { local: { isOverloaded: true } }, ['replicate', 'overloaded']],
    ['a full line', { local: { waiting: 100 } }, ['replicate', 'queue-full']],
    ['workers that failed', { standing: { 'local-sdxl': open } }, ['replicate', 'breaker-open']],
    [
      'workers that may be tried again',
      { standing: { 'local-sdxl': { breaker: 'half-open' } } },
      ['local-sdxl', 'preferred'],
    ],
    [
      'LoRAs that no worker has',
      { job: { job: { loras: [{ id: 'ink', strength: 1 }] } } },
      ['replicate', 'not-capable'],
    ],
    [
      'LoRAs that one has',
      {
        local: { workers: [worker({ loras: true })] },
        job: { job: { loras: [{ id: 'ink', strength: 1 }] } },
      },
      ['local-sdxl', 'preferred'],
    ],
    [
      'a mode that no worker has',
      { local: { workers: [worker({ modes: ['txt2img'] })] } },
      ['replicate', 'not-capable'],
    ],
    [
      'a content mode that our workers do not take',
      { state: { localContentModes: ['sfw'] }, job: { job: { contentMode: 'nsfw' } } },
      ['replicate', 'content-mode'],
    ],
    ['one cannot express it', { local: down, fits: { replicate: unfit } }, ['fal-ai', 'no-worker']],
    ['one failed', { local: down, standing: { replicate: open } }, ['fal-ai', 'no-worker']],
    ['one rests', { local: down, standing: { replicate: { restMs: 1 } } }, ['fal-ai', 'no-worker']],
    ['our workers had it', { limits: { tried: [crashed] } }, ['replicate', 'tried']],
    [
      'two had it',
      { limits: { tried: [crashed, { ...crashed, provider: 'replicate' }] } },
      ['fal-ai', 'tried'],
    ],
  ])('%s', (_, wish, expected) => {
    expect(chosen(wish)).toEqual(expected)
  })
})

describe('where nobody else could take over', () => {
  test.each<[string, Wish, readonly string[]]>([
    ['it waits for a worker to come', { ...noRemote, local: down }, ['local-sdxl', 'no-fallback']],
    [
      'also with a deadline of its own',
      { ...noRemote, local: down, limits: { remainingMs: 10_000 } },
      ['local-sdxl', 'no-fallback'],
    ],
    ['a line is no reason', { ...noRemote, local: { waiting: 90 } }, ['local-sdxl', 'no-fallback']],
    ['but its end is', { ...noRemote, local: { waiting: 100 } }, ['queue-full', 'none']],
    [
      'a failing pool neither',
      { ...noRemote, standing: { 'local-sdxl': open } },
      ['local-sdxl', 'no-fallback'],
    ],
    [
      'as where no other can express it',
      {
        fits: { replicate: unfit, 'fal-ai': unfit },
        local: { isOverloaded: true },
      },
      ['local-sdxl', 'no-fallback'],
    ],
    [
      'not where it could not be in time',
      { fits: { replicate: unfit, 'fal-ai': unfit }, local: { waiting: 90 } },
      ['worker-unavailable', 'none'],
    ],
    ['not twice', { ...noRemote, limits: { tried: [crashed] } }, ['no-provider', 'none']],
  ])('%s', (_, wish, expected) => {
    expect(chosen(wish)).toEqual(expected)
  })

  test('the estimate says nothing of workers that are not there, and a note does', () => {
    const made = choose(
      orderOf(),
      { tried: [], only: undefined, remainingMs: undefined },
      {
        ...{ order: ['local-sdxl'], local: down, localContentModes: ['sfw'], mostWaiting: 9 },
        ...{ providers: [], standingOf: () => ({ breaker: 'closed', restMs: 0 }) },
      },
    )
    expect(made).toEqual({
      provider: 'local-sdxl',
      reason: 'no-fallback',
      because: 'No worker of ours is at work now. No other provider could take it: it waits.',
      notes: ['No worker can take it now: it waits until one can.'],
    })
  })
})

describe('where all others are out of order', () => {
  test.each<[string, Wish, readonly string[]]>([
    ['a job that has time waits', { limits: { remainingMs: 300_000 } }, ['local-sdxl', 'panic']],
    ['one without a deadline too', { limits: { remainingMs: undefined } }, ['local-sdxl', 'panic']],
    ['others are told', { limits: { remainingMs: 299_999 } }, ['worker-unavailable', 'none']],
  ])('%s', (_, wish, expected) => {
    expect(chosen({ local: down, standing: allOpen, ...wish })).toEqual(expected)
  })
})

describe('a provider that the caller named', () => {
  test.each<[string, Wish, readonly string[]]>([
    ['does it', { limits: { only: 'fal-ai' } }, ['fal-ai', 'asked-for']],
    [
      'and no other',
      { limits: { only: 'fal-ai' }, fits: { 'fal-ai': unfit } },
      ['no-provider', 'none'],
    ],
    [
      'though it is open',
      { limits: { only: 'fal-ai' }, standing: allOpen },
      ['no-provider', 'none'],
    ],
    ['if it is there', { ...noRemote, limits: { only: 'fal-ai' } }, ['no-provider', 'none']],
    [
      'once',
      { limits: { only: 'fal-ai', tried: [{ ...crashed, provider: 'fal-ai' }] } },
      ['no-provider', 'none'],
    ],
    [
      'our workers, when they come',
      { local: down, limits: { only: 'local-sdxl', remainingMs: undefined } },
      ['local-sdxl', 'asked-for'],
    ],
    [
      'our workers, if they come in time',
      { local: down, limits: { only: 'local-sdxl' } },
      ['no-provider', 'none'],
    ],
  ])('%s', (_, wish, expected) => {
    expect(chosen(wish)).toEqual(expected)
  })
})

describe('a refusal', () => {
  const onlyFal = { limits: { only: 'fal-ai' } } as const
  test.each<[string, Wish, number]>([
    ['a provider that is left alone for a while', { ...onlyFal, standing: allOpen }, 30_000],
    ['a provider that is not configured', { ...noRemote, ...onlyFal }, 0],
    ['a provider that cannot do it', { ...onlyFal, fits: { 'fal-ai': unfit } }, 0],
    ['workers that are away', { local: down, limits: { only: 'local-sdxl' } }, 30_000],
    ['a job that had them all', { ...noRemote, limits: { tried: [crashed] } }, 0],
    [
      'others, where our workers had it',
      { standing: allOpen, limits: { tried: [crashed] } },
      30_000,
    ],
  ])('asks to come back where waiting may help: %s', (_, wish, ms) => {
    const made = choiceOf(wish)
    expect('failure' in made && atLeastMs(made.failure)).toBe(ms)
  })
})

describe('the estimate', () => {
  const estimated = (local: Partial<LocalView>, job?: Wish['job']) => {
    const made = choose(
      orderOf(job),
      { tried: [], only: undefined, remainingMs: undefined },
      {
        order: ['local-sdxl'],
        local: { ...up, ...local },
        localContentModes: ['sfw'],
        mostWaiting: 1_000,
        providers: [],
        standingOf: () => ({ breaker: 'closed', restMs: 0 }),
      },
    )
    return 'failure' in made ? made.failure : made.estimatedSeconds
  }

  test.each<[string, Partial<LocalView>, Wish['job'], number]>([
    ['is what an image takes', {}, {}, 4],
    ['counts images', {}, { asked: { images: 3 } }, 12],
    ['counts what waits', { waiting: 5 }, {}, 24],
    ['counts what is held', { workers: [worker({ heldSeconds: 3 })] }, {}, 7],
    ['shares both', { waiting: 6, workers: [worker(), worker({ heldSeconds: 4 })] }, {}, 18],
    ['leaves out who is not live', { waiting: 6, workers: [worker(), worker({}, false)] }, {}, 28],
    ['guesses by device before the first', { workers: [worker({ service: [] })] }, {}, 8],
    ['knows small networks', { workers: [worker({ service: [], pictures: 'demo' })] }, {}, 3],
    ['takes the mean of other classes', {}, { mode: 'txt2img' }, 4],
  ])('%s', (_, local, job, expected) => {
    expect(estimated(local, job)).toBe(expected)
  })
})

test('our own workers say that they draw from the first reference alone', () => {
  const job = { job: { furtherReferences: [{ path: 'uploads/b.png' }] } }
  const said = [expect.stringContaining('the further ones are left out')]
  expect(choiceOf({ job })).toMatchObject({ provider: 'local-sdxl', notes: said })
  expect(choiceOf({ job: {} })).toMatchObject({ notes: [] })
  const waiting = choiceOf({ job, local: down, ...noRemote })
  expect(waiting).toMatchObject({ notes: [expect.stringContaining('it waits'), ...said] })
})

function chosen(wish: Wish) {
  const made = choiceOf(wish)
  return 'failure' in made ? [made.failure.code, made.reason] : [made.provider, made.reason]
}
