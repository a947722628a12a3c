/** Whether a worker can do the least that a job could ask of it, before it is trusted with jobs again. */
import { Failure, plan, type RgbImage, type Size } from '#contract'
import type { Model } from '../model.ts'
import type { Workshop } from '../workshop.ts'

/**
 * One evaluation on a grey reference, every network included, and a look at a grey picture. Rejects with the Failure of
 * the engine, with `engine-crashed` where what it drew is no picture of that size, with `policy-check-failed` where
 * pictures cannot be looked at, and once `signal` is aborted.
 */
export async function selfTest(
  { model, draw, pictureScreen }: Pick<Workshop, 'model' | 'draw' | 'pictureScreen'>,
  signal: AbortSignal,
): Promise<void> {
  const size = smallestOf(model)
  const planned = plan('copy', {}, 0)
  const order = { planned, loras: [], drawn: size, delivered: size, reference: grey(size) }
  const { images } = await draw(order, { signal, onProgress: () => {} })
  const [first] = images
  if (first?.image.width !== size.width || first.image.height !== size.height) {
    throw new Failure('engine-crashed', 'The engine answered a self-test with no picture.')
  }
  const verdict = await pictureScreen.screen([grey(size)], { job: NOBODYS, stage: 'made', signal })
  // What grey is taken for is the classifier's own affair.
  if (verdict?.code === 'policy-check-failed') throw verdict
}

const NOBODYS = { source: 'gateway', contentMode: 'sfw' } as const

function smallestOf({ served, nativeSize }: Model): Size {
  if (!served) return { width: nativeSize / 2, height: nativeSize / 2 }
  const pixels = ({ width, height }: Size) => width * height
  return served.reduce((least, size) => (pixels(size) < pixels(least) ? size : least))
}

function grey({ width, height }: Size): RgbImage {
  return { width, height, data: new Uint8Array(3 * width * height).fill(128) }
}
