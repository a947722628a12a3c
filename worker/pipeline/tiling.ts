/**
 * A VAE run piece by piece, in overlapping tiles of one size, so that its memory does not grow with the
 * picture: the blending of diffusers' `enable_tiling`, with tiles laid so that none is smaller.
 */
import { downscale, type VaeConfig } from '#models/networks/vae.ts'
import type { Autoencoder, LatentArea } from './networks.ts'

/** The share of a tile that its neighbour sees as well, at least (diffusers, `tile_overlap_factor`). */
const OVERLAP = 0.25

/** `whole` on tiles of `side` latents a side. Both functions answer for pictures of any size. */
export function inTiles(whole: Autoencoder, vae: VaeConfig, side: number): Autoencoder {
  const image = { channels: vae.imageChannels, scale: downscale(vae) }
  const latents = { channels: vae.latentChannels, scale: 1 }
  const moments = { channels: vae.latentChannels * 2, scale: 1 }
  return {
    encodeImage: (data, area) =>
      run(planes(image, area, data), { area, side, to: moments, one: whole.encodeImage }),
    decodeLatents: (data, area) =>
      run(planes(latents, area, data), { area, side, to: image, one: whole.decodeLatents }),
  }
}

/** Whether a picture takes more than one tile of `side` latents. */
export const spansTiles = ({ height, width }: LatentArea, side: number): boolean =>
  Math.max(height, width) > side

/** What a network is run on where the picture is `area`: a side shorter than a tile stays as it is. */
export const tileOf = ({ height, width }: LatentArea, side: number): LatentArea => ({
  height: Math.min(height, side),
  width: Math.min(width, side),
})

/**
 * Where tiles begin along `length`: as few as overlap by a quarter, spread evenly. diffusers ends with a
 * smaller tile instead, which a session for one size cannot run, and which sees less around itself.
 */
export function tileStarts(length: number, side: number): number[] {
  if (length <= side) return [0]
  const gaps = Math.ceil((length - side) / (side - Math.floor(side * OVERLAP)))
  return Array.from({ length: gaps + 1 }, (_, k) => Math.round((k * (length - side)) / gaps))
}

/** Planes of a kind: so many of them, with so many values to a latent on each side. */
interface Kind {
  readonly channels: number
  readonly scale: number
}

interface Task {
  readonly area: LatentArea
  readonly side: number
  readonly to: Kind
  readonly one: (data: Float32Array, area: LatentArea) => Promise<Float32Array>
}

async function run(source: Planes, { area, side, to, one }: Task): Promise<Float32Array> {
  const tile = tileOf(area, side)
  const rows = tileStarts(area.height, side)
  const columns = tileStarts(area.width, side)
  const result = planes(to, area)
  let above: Planes[] = []
  for (const [i, top] of rows.entries()) {
    const row: Planes[] = []
    for (const [j, left] of columns.entries()) {
      const piece = planes(to, tile, await one(cut(source, tile, { top, left }).data, tile))
      const [upper, before] = [above[j], row[j - 1]]
      // Into what was blended already, down and then across: diffusers' order, which corners show.
      if (upper) blendDown(upper, piece, ((rows[i - 1] ?? 0) + tile.height - top) * to.scale)
      if (before) blendAcross(before, piece, ((columns[j - 1] ?? 0) + tile.width - left) * to.scale)
      // The whole of it: what the next tiles know better they write over.
      paste(piece, result, { top, left })
      row.push(piece)
    }
    above = row
  }
  return result.data
}

/** [channels, height, width]; all that is told in latents is multiplied by `scale`. */
interface Planes extends Kind {
  readonly data: Float32Array
  readonly height: number
  readonly width: number
}

interface Corner {
  readonly top: number
  readonly left: number
}

function planes({ channels, scale }: Kind, area: LatentArea, data?: Float32Array): Planes {
  const [height, width] = [area.height * scale, area.width * scale]
  const values = data ?? new Float32Array(channels * height * width)
  return { channels, scale, height, width, data: values }
}

function cut(source: Planes, tile: LatentArea, corner: Corner): Planes {
  const piece = planes(source, tile)
  eachRow(piece, (channel, y) => {
    const from = within(source, corner, { channel, y })
    piece.data.set(source.data.subarray(from, from + piece.width), start(piece, channel, y))
  })
  return piece
}

function paste(piece: Planes, target: Planes, corner: Corner): void {
  eachRow(piece, (channel, y) => {
    const from = start(piece, channel, y)
    const row = piece.data.subarray(from, from + piece.width)
    target.data.set(row, within(target, corner, { channel, y }))
  })
}

/** Fades from the last `extent` rows of the tile above to the first of this one. */
function blendDown(above: Planes, { data, ...tile }: Planes, extent: number): void {
  eachRow({ ...tile, height: extent }, (channel, y) => {
    const theirs = start(above, channel, above.height - extent + y)
    const ours = start(tile, channel, y)
    for (let x = 0; x < tile.width; x++) {
      data[ours + x] = mix(above.data[theirs + x], data[ours + x], y / extent)
    }
  })
}

/** Fades from the last `extent` columns of the tile on the left to the first of this one. */
function blendAcross(before: Planes, { data, ...tile }: Planes, extent: number): void {
  eachRow(tile, (channel, y) => {
    const theirs = start(before, channel, y) + before.width - extent
    const ours = start(tile, channel, y)
    for (let x = 0; x < extent; x++) {
      data[ours + x] = mix(before.data[theirs + x], data[ours + x], x / extent)
    }
  })
}

const mix = (from = 0, to = 0, share: number): number => from * (1 - share) + to * share

type Extent = Pick<Planes, 'channels' | 'height' | 'width'>

function eachRow({ channels, height }: Extent, work: (channel: number, y: number) => void): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) work(channel, y)
  }
}

/** Where a row begins. */
const start = ({ height, width }: Extent, channel: number, y: number): number =>
  (channel * height + y) * width

/** The same in larger planes, for a piece whose corner lies there. */
const within = (
  larger: Planes,
  { top, left }: Corner,
  { channel, y }: { readonly channel: number; readonly y: number },
): number => start(larger, channel, top * larger.scale + y) + left * larger.scale
