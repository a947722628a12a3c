/** What the engine drew, as files: a PNG that says how it was made, and a thumbnail; both say where they come from. */
import { createHash } from 'node:crypto'
import type { Generated } from '#pipeline/generate.ts'
import { encodeImage } from '#platform/image/encode.ts'
import { fitImageInSteps } from '#platform/image/fit.ts'
import { thumbnailOf } from '#platform/image/thumbnail.ts'
import {
  type EffectiveParameters,
  effectiveParameters,
  modelName,
  pictureParameters,
} from '../../cli/parameters.ts'
import type { Order } from '../draw.ts'

export interface EncodedPicture {
  readonly png: Uint8Array
  readonly webp: Uint8Array
  readonly width: number
  readonly height: number
  readonly seed: number
  /** Of the PNG, in hexadecimal. */
  readonly sha256: string
}

export interface EncodedPictures {
  readonly pictures: readonly EncodedPicture[]
  /** What really ran. */
  readonly effective: EffectiveParameters
}

export interface Origin {
  readonly checkpoint: string
  readonly jobId: string
  readonly made: Date
}

export async function encodePictures(
  { images, effective: ran }: Generated,
  order: Order,
  { checkpoint, jobId, made }: Origin,
): Promise<EncodedPictures> {
  const { planned, delivered, drawn, loras } = order
  const effective = effectiveParameters(planned, ran, { size: delivered, drawn, loras })
  const provenance = { mode: planned.mode, model: modelName(checkpoint), jobId, made }
  const pictures = await Promise.all(
    images.map(async ({ seed, image }) => {
      const picture = await fitImageInSteps(image, { ...delivered, mode: 'stretch' })
      const parameters = pictureParameters(effective, { planned, checkpoint, seed })
      const [png, webp] = await Promise.all([
        encodeImage(picture, { format: 'png', parameters, provenance }),
        thumbnailOf(picture, provenance),
      ])
      const sha256 = createHash('sha256').update(png).digest('hex')
      return { png, webp, width: picture.width, height: picture.height, seed, sha256 }
    }),
  )
  return { pictures, effective }
}
