/** The UNet once more, in an environment that tells ONNX Runtime which attention kernels it may take. */
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { measured } from '../measured.ts'
import type { Steps } from '../part-task.ts'
import { sizesOf, unetPrecision } from '../sizes.ts'

export const steps: Steps = async (task) => {
  const { device, lowering } = task
  const checkpoint = await openCheckpoint(task.checkpoint)
  const { side, runs } = sizesOf(task)
  return [
    {
      name: 'unet',
      async run(report) {
        const options = { device, lowering, precision: unetPrecision(task), pixels: side, runs }
        const chosen = process.env.ORT_ENABLE_CUDNN_FLASH_ATTENTION
        const row = await measured(checkpoint, 'unet', options)
        report({ what: `unet, ORT_ENABLE_CUDNN_FLASH_ATTENTION=${chosen ?? 'unset'}`, ...row })
      },
    },
  ]
}
