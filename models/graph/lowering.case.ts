/** What every lowering must do: each word, run on ONNX Runtime, equals its reference in plain loops. */
import { describe, expect, test } from 'vitest'
import { openSession, type SessionOptions } from '#worker/engine/session.ts'
import type { Precision } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { relativeError } from './tensor.case.ts'
import { words } from './words.case.ts'
import { type Sides, writtenWord } from './written-word.case.ts'

export interface LoweringOptions extends Omit<SessionOptions, 'threads'> {
  readonly precision: Precision
  /** ‖difference‖ / ‖reference‖ at most. */
  readonly tolerance: number
  /** Operators that the device cannot run: words made of them are checked by schema and shape alone. */
  readonly lacks?: ReadonlySet<string>
}

/** Declares the suite, once with the sides of images and the lengths of texts known and once without. */
export function lowering(lowering: Lowering, options: LoweringOptions): void {
  const { device, precision, weights, tolerance, lacks } = options
  describe(`${lowering.name} on ${device} in ${precision}, weights ${weights}`, () => {
    describe.each<Sides>(['known', 'left to run time'])('with sides %s', (sides) => {
      test.each(Object.entries(words))('%s', async (_, word) => {
        const written = writtenWord(word, { lowering, precision, sides })
        const { model, feeds, shape, expected, operators } = written
        expect(shape.map((side, axis) => side ?? expected.shape[axis])).toEqual(expected.shape)
        if (sides === 'known') expect(shape).not.toContain(null)
        const opened = openSession<string, 'result'>(model, { device, weights, threads: 1 })
        if (operators.some((operator) => lacks?.has(operator))) {
          // ONNX Runtime looks for kernels once every type and shape has been inferred.
          await expect(opened).rejects.toThrow(WITHOUT_KERNEL)
        } else {
          await using session = await opened
          const { result } = await session.run(feeds)
          expect(relativeError(result, expected.data)).toBeLessThanOrEqual(tolerance)
        }
      })
    })
  })
}

/** ONNX Runtime's complaint in its two wordings, as the last thing before a session stands. */
export const WITHOUT_KERNEL = /Failed to find kernel|Could not find an implementation/
