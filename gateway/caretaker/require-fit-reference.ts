/** The look at a reference before a provider has it: at most as large as a network sees it, and of its own aspect. */
import type { PictureAsked } from '../../policy/image/picture-screen.ts'
import type { CareParts } from './care.ts'

export interface FitParts
  extends Pick<CareParts, 'decoder' | 'pictureScreen'>,
    Pick<PictureAsked, 'job' | 'sha256'> {
  readonly signal: AbortSignal
}

/** Pixels: more than any network sees, less than takes long to hand from process to process. */
const LONGEST_SIDE = 1_024

/** Throws the policy's refusal, and what `Decoder.decode` throws. Without a classifier nothing is decoded. */
export async function requireFitReference(
  bytes: Uint8Array,
  { decoder, pictureScreen, job, sha256, signal }: FitParts,
): Promise<void> {
  if (!pictureScreen.hasClassifier) return
  const { width, height } = await decoder.measure(bytes, signal)
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
  const sideOf = (pixels: number) => Math.max(1, Math.round(pixels * scale))
  const fit = { width: sideOf(width), height: sideOf(height), mode: 'stretch' } as const
  const picture = await decoder.decode(bytes, { fit, signal })
  const refusal = await pictureScreen.screen([picture], { job, stage: 'reference', sha256, signal })
  if (refusal) throw refusal
}
