import { describe, expect, test } from 'vitest'
import type { RgbImage } from '#contract'
import { decodeImage } from './decode.ts'
import { encodeImage } from './encode.ts'
import { inspectImage } from './inspect.ts'
import { formatOf } from './picture-format.ts'
import { readParameters } from './read-parameters.ts'

const formats = ['png', 'webp', 'jpeg'] as const

/** A smooth picture, which lossy formats keep well. */
const image: RgbImage = {
  width: 40,
  height: 24,
  data: Uint8Array.from({ length: 40 * 24 * 3 }, (_, i) => (i % 3) * 60 + Math.floor(i / 120) * 4),
}

const parameters = {
  mode: 'modify',
  prompt: 'a cat, 猫, “quoted”\nsecond line 😺',
  negativePrompt: 'blurry',
  steps: 25,
  evaluations: 12,
  scheduler: 'euler_ancestral',
  guidanceScale: 7.5,
  seed: 4294967295,
  width: 40,
  height: 24,
  strength: 0.5,
  model: 'lustify, v4',
}

test.each(formats)('a %s keeps the pixels', async (format) => {
  const decoded = await decodeImage(await encodeImage(image, { format }))
  expect([decoded.width, decoded.height]).toEqual([40, 24])
  const worst = Math.max(...decoded.data.map((value, at) => Math.abs(value - image.data[at]!)))
  expect(worst).toBeLessThanOrEqual(format === 'png' ? 0 : 6)
})

test.each(formats)('a %s gives its parameters back', async (format) => {
  const bytes = await encodeImage(image, { format, parameters })
  expect(await readParameters(bytes)).toEqual(parameters)
  await expect(decodeImage(bytes)).resolves.toMatchObject({ width: 40, height: 24 })
})

test.each(formats)('a %s without parameters carries no metadata', async (format) => {
  const bytes = await encodeImage(image, { format })
  const { exif, icc, xmp, comments, orientation } = await inspectImage(bytes)
  expect([exif, icc, xmp, comments, orientation]).toEqual(Array(5).fill(undefined))
  expect(await readParameters(bytes)).toBeUndefined()
})

test.each(['webp', 'jpeg'] as const)('a lower quality makes a smaller %s', async (format) => {
  const small = await encodeImage(image, { format, quality: 20 })
  expect(small.length).toBeLessThan((await encodeImage(image, { format })).length)
})

test.each([0, 101, 1.5, Number.NaN])('a quality of %d is refused', async (quality) => {
  await expect(encodeImage(image, { format: 'jpeg', quality })).rejects.toMatchObject({
    code: 'request-invalid',
  })
})

test('parameters too long for EXIF are refused, and go into a PNG', async () => {
  const long = { prompt: 'x'.repeat(70_000) }
  await expect(encodeImage(image, { format: 'jpeg', parameters: long })).rejects.toMatchObject({
    code: 'request-invalid',
    message: expect.stringContaining('Save the picture as PNG'),
  })
  const png = await encodeImage(image, { format: 'png', parameters: long })
  expect(await readParameters(png)).toEqual(long)
})

describe('the text that other programs read', () => {
  const text = [
    'a cat',
    'Negative prompt: blurry',
    'Steps: 25, Sampler: Euler a, CFG scale: 7.5, Seed: 4294967295, Size: 40x24, ' +
      'Model: "lustify, v4", Denoising strength: 0.5',
  ].join('\n')

  test('is a tEXt chunk called parameters in a PNG', async () => {
    const png = await encodeImage(image, {
      format: 'png',
      parameters: { ...parameters, prompt: 'a cat' },
    })
    expect(Buffer.from(png).toString('latin1')).toContain(`tEXtparameters\0${text}`)
  })

  test('is UTF-8 in an iTXt chunk where the prompt needs it', async () => {
    const png = await encodeImage(image, { format: 'png', parameters })
    const { comments } = await inspectImage(png)
    const found = comments?.find(({ keyword }) => keyword === 'parameters')
    expect(found?.text.startsWith(`${parameters.prompt}\nNegative prompt: blurry\n`)).toBe(true)
  })

  test('is the EXIF user comment of a JPEG', async () => {
    const jpeg = await encodeImage(image, {
      format: 'jpeg',
      parameters: { ...parameters, prompt: 'a cat' },
    })
    const { exif } = await inspectImage(jpeg)
    expect(exif?.toString('latin1')).toContain(`ASCII\0\0\0${text}`)
  })
})

test.each([
  ['a.png', 'png'],
  ['folder.x/B.WEBP', 'webp'],
  ['a.jpg', 'jpeg'],
  ['a.JPEG', 'jpeg'],
])('%s asks for %s', (path, format) => {
  expect(formatOf(path)).toBe(format)
})

test.each(['a.gif', 'png', 'folder.png/a', ''])('%j asks for no format that there is', (path) => {
  expect(() => formatOf(path)).toThrow('does not end in .png, .webp or .jpg')
})
