import { describe, expect, test } from 'vitest'
import { allOpen, choiceOf, crashed, down, open, unfit, type Wish } from './choices.case.ts'

describe('the caller is told why', () => {
  const busy = 'Our workers are busy: they would take about 124 s, and the deadline leaves 120 s.'
  const left = 'Replicate failed several times in a row, and is left alone for a while.'
  test.each<[string, Wish, string]>([
    ['first', {}, 'Our workers are asked first, and can do it now.'],
    ['another first', { order: ['fal-ai'] }, 'fal.ai is asked first, and can do it now.'],
    ['named', { limits: { only: 'fal-ai' } }, 'The job asks for fal.ai alone.'],
    ['busy beyond the deadline', { local: { waiting: 30 } }, busy],
    [
      'two passed over',
      { local: { waiting: 30 }, standing: { replicate: open } },
      `${busy} ${left}`,
    ],
    [
      'its own words of one that cannot',
      { order: ['replicate', 'fal-ai'], fits: { replicate: unfit } },
      'It has no strength.',
    ],
    [
      'had it before',
      { limits: { tried: [crashed] } },
      'Our workers had it before: the engine ended by itself.',
    ],
    [
      'out of order',
      { local: down, standing: allOpen, limits: { remainingMs: 300_000 } },
      'No worker of ours is at work now. All others are left alone for a while: it waits.',
    ],
  ])('%s', (_, wish, because) => {
    expect(choiceOf(wish)).toMatchObject({ because })
  })

  test('so is who named one that cannot do it', () => {
    const wish: Wish = { limits: { only: 'replicate' }, standing: { replicate: open } }
    const made = choiceOf(wish)
    expect('failure' in made && made.failure.message).toBe(
      `The job asks for replicate alone. ${left}`,
    )
  })
})
