/** The UNet in each of its spellings: what it costs to open, its first run and the next, and its share of work done. */
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { type LoweringName, loweringNames } from '../lowerings.ts'
import { measured } from '../measured.ts'
import type { Steps } from '../part-task.ts'
import { sizesOf, unetPrecision } from '../sizes.ts'

export const steps: Steps = async (task) => {
  const checkpoint = await openCheckpoint(task.checkpoint)
  const { side, runs } = sizesOf(task)
  const tried: readonly LoweringName[] = task.device === 'cuda' ? loweringNames : ['portable']
  return tried.map((lowering) => ({
    name: lowering,
    async run(report) {
      const precision = unetPrecision(task)
      const options = { device: task.device, lowering, precision, pixels: side }
      report({ what: lowering, ...(await measured(checkpoint, 'unet', { ...options, runs })) })
    },
  }))
}
