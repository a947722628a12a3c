/** A picture as a network is trained to see it: its size, its range, its order of numbers. */
import type { RgbImage } from '#contract'
import { fitImage } from '#platform/image/fit.ts'
import type { InputSettings } from './settings.ts'

/** (value / 255 − mean) / std, of width × height × 3 values. */
export function pixelsFor(image: RgbImage, input: InputSettings): Float32Array {
  const { width, height, resize: mode, filter } = input
  return laidOut(fitImage(image, { width, height, mode, filter }).data, input)
}

function laidOut(pixels: Uint8Array, { layout, channels, mean, std }: InputSettings): Float32Array {
  const area = pixels.length / 3
  const values = new Float32Array(pixels.length)
  for (let channel = 0; channel < 3; channel++) {
    const source = channels === 'rgb' ? channel : 2 - channel
    const [shift = 0, scale = 1] = [mean[channel], std[channel]]
    for (let i = 0; i < area; i++) {
      const value = (pixels[3 * i + source]! / 255 - shift) / scale
      values[layout === 'nchw' ? channel * area + i : 3 * i + channel] = value
    }
  }
  return values
}
