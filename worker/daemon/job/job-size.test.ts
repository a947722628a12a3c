import { expect, it } from 'vitest'
import type { Job, Size } from '#contract'
import type { Model } from '../model.ts'
import { drawingOf } from './job-size.ts'

const model: Model = {
  checkpoint: 'sdxl.safetensors',
  nativeSize: 1024,
  served: undefined,
  distillation: undefined,
  catalogue: undefined,
}
const cat: Size = { width: 3000, height: 2000 }

const delivered = (mode: Job['mode'], size?: Job['size'], reference?: Size) =>
  drawingOf({ mode, size }, { evaluations: 5 }, { reference, model }).delivered

it.each([
  ['nothing, without a reference', delivered('txt2img'), [1024, 1024]],
  ['nothing, the bucket nearest the reference', delivered('modify', undefined, cat), [1216, 832]],
  ['pixels, exactly those', delivered('modify', { width: 1000, height: 520 }, cat), [1000, 520]],
  ['an aspect ratio, its bucket', delivered('modify', { aspectRatio: '16:9' }, cat), [1344, 768]],
  [
    'a resolution, the bucket that it means',
    delivered('modify', { resolution: { width: 1024, height: 576 } }, cat),
    [1344, 768],
  ],
  [
    'anything in COPY, the reference’s own',
    delivered('copy', { aspectRatio: '1:1' }, cat),
    [1256, 840],
  ],
])('asked for %s', (_, { width, height }, expected) => {
  expect([width, height]).toEqual(expected)
})

it('refuses pixels that these networks cannot draw, naming those that they can', () => {
  expect(() => delivered('txt2img', { width: 1001, height: 520 })).toThrow(/nearest is 1000 × 520/)
})

it('is drawn at a served size, to which a COPY is stretched and brought back', () => {
  const served = { ...model, served: [{ width: 1024, height: 1024 }] }
  const draw = (mode: Job['mode'], evaluations: number) =>
    drawingOf({ mode }, { evaluations }, { reference: cat, model: served })
  const square = { width: 1024, height: 1024 }
  expect(draw('modify', 5)).toEqual({ drawn: square, delivered: square })
  expect(draw('copy', 1)).toEqual({ drawn: square, delivered: { width: 1256, height: 840 } })
  // Where nothing is evaluated the reference is only resized, to any size.
  expect(draw('copy', 0).drawn).toEqual({ width: 1256, height: 840 })
})
