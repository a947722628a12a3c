/** An engine that draws nothing: a process of its own that waits as long as a picture would take, and answers one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RgbImage } from '#contract'
import { obey } from '#platform/child/obey.ts'
import type { Drawn, Order } from './draw-elsewhere.ts'
import { noisyPicture } from './noisy-picture.ts'

const pictures = new Map<string, RgbImage>()

obey<Order, Drawn, 'began'>(async ({ width, height, images, drawMs }, { report }) => {
  const started = performance.now()
  report('began')
  const image = pictureOf(width, height)
  // Each its own pixels: what is sent twice would cross once.
  const answer = Array.from({ length: images }, () => ({ ...image, data: image.data.slice() }))
  await sleep(Math.max(0, drawMs - (performance.now() - started)))
  return { images: answer, busyMs: performance.now() - started }
})

function pictureOf(width: number, height: number): RgbImage {
  const key = `${width}×${height}`
  const image = pictures.get(key) ?? noisyPicture(width, height)
  pictures.set(key, image)
  return image
}
