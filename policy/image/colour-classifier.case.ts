/**
 * A classifier for tests, 4 KB of real ONNX, that sees colours: red is nsfw, blue is minor, magenta is both, and grey,
 * green, black and white are neither.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RgbImage } from '#contract'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'

const SIDE = 8
const labels = ['nsfw', 'minor', 'plain']

/** Of red, green and blue, and a constant, for each label: logits. */
const WEIGHTS: readonly (readonly [number, number, number, number])[] = [
  [20, -20, 0, -5],
  [0, -20, 20, -5],
  [0, 0, 0, 0],
]
/** It answers for grey, and no number for what has no green at all. */
const BRITTLE: typeof WEIGHTS = [[0, Number.NEGATIVE_INFINITY, 0, 0], ...WEIGHTS.slice(1)]

export interface ColourClassifier {
  /** Answers sensibly, or NaN for whatever has no green. */
  readonly kind?: 'sound' | 'brittle'
  /** In the place of what its settings say otherwise. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly network?: Readonly<Record<string, unknown>>
}

/** The path of its settings, in a folder that is there then. */
export async function writeColourClassifier(
  folder: string,
  { kind = 'sound', settings = {}, network = {} }: ColourClassifier = {},
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'colours.onnx'), colourNetwork(kind === 'sound' ? WEIGHTS : BRITTLE))
  const colours = {
    file: 'colours.onnx',
    input: { width: SIDE, height: SIDE, mean: [0, 0, 0], std: [1, 1, 1] },
    ...{ labels, activation: 'sigmoid' },
    signs: [
      { label: 'nsfw', sign: 'nsfw', threshold: 0.8, floor: 0.3 },
      { label: 'minor', sign: 'minor', threshold: 0.8, floor: 0.3 },
    ],
    ...network,
  }
  const path = join(folder, 'classifier.json')
  await writeFile(path, JSON.stringify({ version: 'colours-1', networks: [colours], ...settings }))
  return path
}

function colourNetwork(weights: typeof WEIGHTS): Uint8Array {
  const graph = new Graph('colours', portable)
  const area = SIDE * SIDE
  const kernel = weights.flatMap((each) =>
    each.slice(0, 3).flatMap((weight) => Array<number>(area).fill(weight / area)),
  )
  const bias = weights.map((each) => each[3])
  const picture = graph.input('picture', [1, 3, SIDE, SIDE])
  const logits = portable.conv2d(
    picture,
    graph.numbers(kernel, [weights.length, 3, SIDE, SIDE]),
    graph.numbers(bias),
    { stride: 1, pads: [0, 0, 0, 0] },
  )
  graph.output('logits', logits)
  return toOnnx(graph, () => {
    throw new Error('it has no weights of a checkpoint')
  })
}

export const colours = {
  red: [255, 0, 0],
  blue: [0, 0, 255],
  magenta: [255, 0, 255],
  grey: [128, 128, 128],
  black: [0, 0, 0],
  /** Somewhat nsfw and somewhat minor: less than either threshold, more than the floors. */
  'pale magenta': [196, 133, 196],
} as const

export function picture(colour: keyof typeof colours, side = 24): RgbImage {
  const data = new Uint8Array(side * side * 3)
  for (let i = 0; i < data.length; i++) data[i] = colours[colour][i % 3] ?? 0
  return { width: side, height: side, data }
}
