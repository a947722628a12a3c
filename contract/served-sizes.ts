/** The sizes that a GPU keeps itself ready for: it plans each of them anew, which takes seconds. */
import { Failure } from './failure.ts'
import type { Mode } from './modes.ts'
import { bucketsOf, checkSize, type Size } from './sizes.ts'

/** Every size, as it was asked for. */
const ANY = 'any'

/**
 * Sizes such as `1024x1024, 832x1216`; undefined for `any`. Without a text, the buckets that the network was
 * trained at, whose native side is `native`. Throws `request-invalid` for what is no size that it can make.
 */
export function readServedSizes(
  text: string | undefined,
  native: number,
): readonly Size[] | undefined {
  if (text === undefined) return bucketsOf(native)
  if (text.trim() === ANY) return undefined
  return text.split(',').map((part) => {
    const [, width, height] = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(part) ?? []
    if (width === undefined || height === undefined) {
      const form = `sizes of the form 1024x768 with commas between them, or ${ANY}`
      throw new Failure(
        'request-invalid',
        `SERVED_SIZES has ${JSON.stringify(part.trim())}, which is no size: give ${form}.`,
      )
    }
    const size = { width: Number(width), height: Number(height) }
    checkSize(size.width, size.height, native)
    return size
  })
}

export interface Drawing {
  /** What the network draws at. */
  readonly drawn: Size
  /** What the picture is then brought to. */
  readonly delivered: Size
}

/**
 * The served size nearest to the one that was asked for. COPY keeps the reference's own aspect: it is drawn stretched
 * to a served size and brought back, for nothing may be cut off.
 */
export function serve(asked: Size, mode: Mode, served: readonly Size[] | undefined): Drawing {
  const drawn = served ? nearestOf(asked, served) : asked
  return { drawn, delivered: mode === 'copy' ? asked : drawn }
}

/** A change of aspect cuts part of the picture off, which is worse than drawing it larger or smaller. */
const ASPECT_WEIGHT = 4

function nearestOf(asked: Size, sizes: readonly Size[]): Size {
  const change = (size: Size) => {
    const [wider, higher] = [
      Math.log(size.width / asked.width),
      Math.log(size.height / asked.height),
    ]
    return ASPECT_WEIGHT * Math.abs(wider - higher) + Math.abs(wider + higher)
  }
  return sizes.reduce((best, size) => (change(size) < change(best) ? size : best))
}
