/** The fused half-precision networks against the portable ones in float32, on the same GPU: the UNet, and a whole picture. */
import { messageOf } from '#contract'
import { type Checkpoint, openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import type { Precision } from '#models/graph/graph.ts'
import { generate } from '#pipeline/generate.ts'
import { psnr, relativeError } from '../../parity/distance.ts'
import type { LoweringName } from '../lowerings.ts'
import type { PartTask, Row, Step } from '../part-task.ts'
import { sizesOf, unetPrecision } from '../sizes.ts'
import { openSubject } from '../subject.ts'
import { openWhole } from '../whole.ts'
import { pictureRequest } from './pictures.ts'

/** DESIGN, section 8. */
const LEAST_PSNR = 40

export async function steps(task: PartTask): Promise<readonly Step[]> {
  const checkpoint = await openCheckpoint(task.checkpoint)
  return [
    {
      name: 'unet',
      async run(report) {
        const ours = await noise(checkpoint, task, spelling(task))
        const reference = await referenceNoise(checkpoint, task, report)
        report({
          what: 'unet',
          pixels: sizesOf(task).side,
          relativeError: relativeError(ours, reference),
        })
      },
    },
    {
      name: 'picture',
      async run(report) {
        const reference = await picture(checkpoint, task, { ...REFERENCE, vae: 'float32' })
        for (const vae of ['float32', 'float16'] as const) {
          const ours = await picture(checkpoint, task, { ...spelling(task), vae })
          const decibels = psnr(ours.data, reference.data)
          report({
            what: `picture, VAE ${vae}`,
            psnr: decibels,
            ms: ours.ms,
            referenceMs: reference.ms,
            latents: relativeError(ours.latents, reference.latents),
            ...(decibels < LEAST_PSNR && { failed: `is under ${LEAST_PSNR} dB` }),
          })
        }
      },
    },
  ]
}

interface Spelling {
  readonly lowering: LoweringName
  readonly precision: Precision
}

const REFERENCE: Spelling = { lowering: 'portable', precision: 'float32' }

const spelling = (task: PartTask): Spelling => ({
  lowering: task.lowering,
  precision: unetPrecision(task),
})

/** On the same GPU; should that not run it, on the CPU. */
async function referenceNoise(
  checkpoint: Checkpoint,
  task: PartTask,
  report: (row: Row) => void,
): Promise<Float32Array> {
  try {
    return await noise(checkpoint, task, REFERENCE)
  } catch (error) {
    report({ what: 'unet, reference on the same GPU', failed: messageOf(error) })
    return noise(checkpoint, { ...task, device: 'cpu' }, REFERENCE)
  }
}

async function noise(
  checkpoint: Checkpoint,
  task: PartTask,
  { lowering, precision }: Spelling,
): Promise<Float32Array> {
  const { side } = sizesOf(task)
  await using subject = await openSubject(checkpoint, 'unet', {
    device: task.device,
    lowering,
    precision,
    pixels: side,
    // Folding the casts of 2.6 billion weights would take a CPU half a minute.
    ...(precision === 'float32' && { weights: 'in-place' }),
  })
  return Float32Array.from(await subject.run(side))
}

async function picture(
  checkpoint: Checkpoint,
  task: PartTask,
  spelled: Spelling & { readonly vae: Precision },
) {
  const { device } = task
  await using networks = await openWhole(checkpoint, {
    ...spelled,
    device,
    pixels: sizesOf(task).side,
  })
  const request = await pictureRequest('modify', task)
  const started = performance.now()
  const { images } = await generate(networks, request)
  const [made] = images
  if (!made) throw new Error('no picture was made')
  return { data: made.image.data, latents: made.latents ?? [], ms: performance.now() - started }
}
