/** How much a source pixel counts for by its distance, in the kinds that Pillow has: BILINEAR, BICUBIC, LANCZOS. */

export const filterNames = ['linear', 'cubic', 'lanczos3'] as const
export type Filter = (typeof filterNames)[number]

interface Kernel {
  /** Pixels to either side, of the larger picture. */
  readonly reach: number
  readonly weightAt: (distance: number) => number
}

/** Lanczos reaches three lobes to either side. */
const LOBES = 3
/** Of Keys' cubic: Pillow's, where others have -0.75. */
const SLOPE = -0.5

export const filters: Readonly<Record<Filter, Kernel>> = {
  linear: { reach: 1, weightAt: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  cubic: { reach: 2, weightAt: cubic },
  lanczos3: { reach: LOBES, weightAt: lanczos },
}

function cubic(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return ((SLOPE + 2) * x - (SLOPE + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * SLOPE : 0
}

function lanczos(x: number): number {
  return -LOBES <= x && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0
}

function sinc(x: number): number {
  if (x === 0) return 1
  const angle = x * Math.PI
  return Math.sin(angle) / angle
}
