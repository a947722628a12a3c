import { expect, test } from 'vitest'
import { probePicture } from './vae-probe.ts'

test('the probe picture spans all that a picture may hold, and has every kind of it', () => {
  const [height, width] = [64, 96]
  const picture = probePicture(height, width)
  expect(picture).toHaveLength(3 * height * width)
  const extreme = (pick: typeof Math.max) => picture.reduce((one, other) => pick(one, other), 0)
  expect([extreme(Math.min), extreme(Math.max)]).toEqual([-1, 1])
  /** The mean step from a pixel to the next in a quarter of the first plane. */
  const roughness = (top: number, left: number) => {
    let sum = 0
    for (let y = top; y < top + height / 2; y++) {
      for (let x = left; x < left + width / 2 - 1; x++) {
        sum += Math.abs(picture[y * width + x + 1]! - picture[y * width + x]!)
      }
    }
    return sum / ((height / 2) * (width / 2 - 1))
  }
  const [gradient, noise] = [roughness(0, 0), roughness(0, width / 2)]
  const [chequers, bars] = [roughness(height / 2, 0), roughness(height / 2, width / 2)]
  expect(gradient).toBeLessThan(0.05)
  expect(noise).toBeGreaterThan(0.5)
  expect(chequers).toBeGreaterThan(0.2)
  expect(bars).toBeGreaterThan(0.05)
})

test('the probe picture is the same at every run, and grey nowhere for long', () => {
  expect(probePicture(8, 8)).toEqual(probePicture(8, 8))
  const picture = probePicture(64, 64)
  const plane = 64 * 64
  const coloured = Array.from({ length: plane }, (_, i) => i).filter(
    (i) => picture[i] !== picture[plane + i] || picture[i] !== picture[2 * plane + i],
  )
  // All but the chequerboard, and what is black or white.
  expect(coloured.length).toBeGreaterThan(plane / 2)
})
