import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { plan } from './modes.ts'
import { type Style, valuesOf, withStyle } from './style.ts'
import { styleNames, stylePhrases } from './style-phrases.ts'

describe('a style', () => {
  it('follows the prompt in the order shot, angle, look, lighting, mood', () => {
    const style = {
      mood: 'serene',
      lighting: 'soft',
      look: 'vintage',
      cameraAngle: 'low_angle',
      shotType: 'close',
    }
    expect(withStyle('a cat', style)).toBe(
      'a cat, close-up shot, low angle view, vintage photograph, faded colors, soft grain, ' +
        'soft diffused light, serene atmosphere',
    )
  })

  it('may be a preset as a page writes its name, words of one’s own, or nothing', () => {
    expect(withStyle('a cat', { look: 'Low Key' })).toContain('deep shadows')
    expect(withStyle('a cat', { look: 'like old tin toys, (rust:1.2)' })).toBe(
      'a cat, like old tin toys, (rust:1.2)',
    )
    expect(withStyle('a cat', { look: 'None' })).toBe('a cat')
    expect(withStyle('a cat', undefined)).toBe('a cat')
  })

  it('is not said twice, whether the prompt says it or two controls do', () => {
    const style = { look: 'cinematic', lighting: 'cinematic' }
    expect(withStyle('a cat, Film Grain', style)).toBe(
      'a cat, Film Grain, cinematic lighting, dramatic composition',
    )
    const once = withStyle('a cat', style)
    expect(withStyle(once, style)).toBe(once)
  })

  it('is all there is where there is no prompt', () => {
    expect(withStyle(' ', { mood: 'epic' })).toBe('epic atmosphere')
  })

  it('is joined by what the prompt has not at its end already', () => {
    const joined = (prompt: string) => withStyle(prompt, { mood: 'epic' })
    expect(joined('a cat,')).toBe('a cat, epic atmosphere')
    expect(joined('A cat. ')).toBe('A cat. epic atmosphere')
    expect(joined('a cat BREAK')).toBe('a cat BREAK epic atmosphere')
    expect(joined('outBREAK')).toBe('outBREAK, epic atmosphere')
  })

  it('leaves any prompt as it was written, in front', () => {
    const chosen = fc.record(
      Object.fromEntries(styleNames.map((name) => [name, fc.constantFrom(...valuesOf(name))])),
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), chosen, (prompt, style: Style) => {
        if (prompt.trim() !== '') expect(withStyle(prompt, style).startsWith(prompt)).toBe(true)
      }),
    )
  })
})

test('phrases are short, in small letters, and free of weights', () => {
  const phrases = styleNames.flatMap((name) => Object.values(stylePhrases[name]))
  expect(phrases.length).toBeGreaterThan(35)
  for (const phrase of phrases) expect(phrase).toMatch(/^[a-z0-9' -]+(, [a-z0-9' -]+){0,2}$/)
})

describe('a plan', () => {
  const asked = { prompt: 'a cat', style: { lighting: 'neon' } }

  it('has the style in MODIFY and txt2img, and never in COPY', () => {
    expect(plan('modify', asked, 0).prompt).toBe('a cat, neon light')
    expect(plan('txt2img', asked, 0).prompt).toBe('a cat, neon light')
    expect(plan('copy', asked, 0).prompt).toBe('a cat')
  })

  it('refuses a value that there is not, with those that there are', () => {
    expect(() => plan('modify', { style: { mood: 'angry' } }, 0)).toThrow(
      'style.mood must be one of moody, dramatic, dreamy, serene',
    )
  })
})
