import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { MOST_PREVIEW_BYTES } from '#contract'
import { decodeImage } from './decode.ts'
import { previewOf } from './preview.ts'

const noise = (width: number, height: number) => ({
  ...{ width, height },
  data: new Uint8Array(randomBytes(width * height * 3)),
})

it.each([
  [128, 128, 128, 128],
  [152, 104, 152, 104],
  [512, 512, 128, 128],
  [600, 4, 600, 4],
])('a preview of noise of %i × %i pixels has %i × %i, and at most 16 KB', async (...sides) => {
  const [width, height, smallWidth, smallHeight] = sides
  const jpeg = await previewOf(noise(width, height))
  if (!jpeg) throw new Error('there is none')
  expect(jpeg.length).toBeLessThanOrEqual(MOST_PREVIEW_BYTES)
  expect(await decodeImage(jpeg)).toMatchObject({ width: smallWidth, height: smallHeight })
})
