import { describe, expect, test } from 'vitest'
import type { RgbImage } from '#contract'
import { encodeImage } from './encode.ts'
import { inspectImage } from './inspect.ts'
import { readParameters } from './read-parameters.ts'

const image: RgbImage = { width: 40, height: 24, data: new Uint8Array(40 * 24 * 3).fill(90) }
const made = new Date('2026-11-23T12:00:00Z')
const provenance = { mode: 'modify', model: 'lustify', made } as const

/** As piexif reads it, by which the web UI does: eight bytes of character set, then the text in it. */
async function commentIn(file: Uint8Array): Promise<string> {
  const exif = (await inspectImage(file)).exif ?? Buffer.alloc(0)
  const [unicode, ascii] = ['UNICODE\0', 'ASCII\0\0\0'].map((set) => exif.indexOf(set, 0, 'latin1'))
  if (unicode === undefined || unicode < 0) return exif.toString('latin1', (ascii ?? 0) + 8)
  const length = (exif.length - unicode - 8) & ~1
  return Buffer.from(exif.subarray(unicode + 8, unicode + 8 + length))
    .swap16()
    .toString('utf16le')
}

describe.each(['jpeg', 'webp'] as const)('the comment of a %s', (format) => {
  test.each([
    ['of any script', '猫 in Zürich 🐈, снег'],
    ['of one sign that is no ASCII', 'é'],
    ['with what ends a text elsewhere', 'a\0b'],
    ['as long as a prompt may be', '雪'.repeat(5_000)],
    ['of ASCII', 'a cat'],
    ['of nothing', ''],
  ])('keeps a prompt %s, beside its provenance and without', async (_, prompt) => {
    const parameters = { prompt, steps: 25 }
    for (const more of [{}, { provenance }]) {
      const file = await encodeImage(image, { format, parameters, ...more })
      expect((await commentIn(file)).startsWith(`${prompt}\nSteps: 25`)).toBe(true)
      expect(await readParameters(file)).toEqual(parameters)
      expect((await inspectImage(file)).xmp !== undefined).toBe('provenance' in more)
    }
  })
})
