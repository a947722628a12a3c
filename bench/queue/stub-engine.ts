/** An engine that draws nothing: a process of its own that waits as long as a picture would take, and answers one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RgbImage } from '#contract'
import type { FromStub, ToStub } from './draw-elsewhere.ts'
import { noisyPicture } from './noisy-picture.ts'

const pictures = new Map<string, RgbImage>()

process.on('message', async ({ width, height, images, drawMs }: ToStub) => {
  const started = performance.now()
  say({ kind: 'began' })
  const image = pictureOf(width, height)
  // Each its own pixels: what is sent twice would cross once.
  const answer = Array.from({ length: images }, () => ({ ...image, data: image.data.slice() }))
  await sleep(Math.max(0, drawMs - (performance.now() - started)))
  say({ kind: 'drawn', images: answer, busyMs: performance.now() - started })
})
process.on('disconnect', () => process.exit(0))

function say(message: FromStub): void {
  process.send?.(message)
}

function pictureOf(width: number, height: number): RgbImage {
  const key = `${width}×${height}`
  const image = pictures.get(key) ?? noisyPicture(width, height)
  pictures.set(key, image)
  return image
}
