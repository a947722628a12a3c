/** A picture as plain pixels, the one form in which pictures pass between our parts. */

export interface RgbImage {
  readonly width: number
  readonly height: number
  /** RGB in sRGB, row-major from the top left, 3 bytes a pixel: [height, width, 3]. */
  readonly data: Uint8Array
}

/** Throws where the pixels do not fill the size they claim, before native code trusts it. */
export function assertRgbImage(image: RgbImage): void {
  const { width, height, data } = image
  const isSize = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
  if (!isSize || data.length !== width * height * 3) {
    throw new Error(`an RGB image of ${width} × ${height} cannot have ${data.length} bytes`)
  }
}
