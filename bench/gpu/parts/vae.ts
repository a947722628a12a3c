/** The VAE's two halves in half and in single precision: what the second costs, and how far the first is from it. */
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { psnr, relativeError } from '../../parity/distance.ts'
import { measured } from '../measured.ts'
import type { Steps } from '../part-task.ts'
import { sizesOf } from '../sizes.ts'
import { toPixels } from '../to-pixels.ts'

export const steps: Steps = async ({ device, lowering, checkpoint: path, ...task }) => {
  const checkpoint = await openCheckpoint(path)
  const { side, runs } = sizesOf({ device, lowering, checkpoint: path, ...task })
  return (['vaeDecoder', 'vaeEncoder'] as const).flatMap((name) => {
    let half: Float32Array | undefined
    return (['float16', 'float32'] as const).map((precision) => ({
      name: `${name}, ${precision}`,
      async run(report) {
        let answer = new Float32Array()
        const options = { device, lowering, precision, pixels: side, runs }
        const row = await measured(checkpoint, name, {
          ...options,
          also: async (subject) => {
            answer = Float32Array.from(await subject.run(side))
          },
        })
        report({
          what: `${name}, ${precision}`,
          ...row,
          nonFinite: answer.reduce((count, x) => count + (Number.isFinite(x) ? 0 : 1), 0),
          ...(precision === 'float32' && half && far(name, half, answer)),
        })
        half = answer
      },
    }))
  })
}

/** How far the answer in half precision is from the one in single. */
function far(name: string, half: Float32Array, single: Float32Array): object {
  return {
    halfRelativeError: relativeError(half, single),
    ...(name === 'vaeDecoder' && { halfPsnr: psnr(toPixels(half), toPixels(single)) }),
  }
}
