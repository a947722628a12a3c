/** Text with the weight that its author gave it: what both prompt grammars read a prompt into. */

export interface WeightedText {
  readonly text: string
  readonly weight: number
}

// Far beyond what still makes a picture, and far below what overflows half precision: ten thousand
// brackets would otherwise weigh infinitely much, and the image would be black.
const LIMIT = 100

/** `weight`, kept finite. */
export function boundedWeight(weight: number): number {
  return Number.isNaN(weight) ? 1 : Math.min(Math.max(weight, -LIMIT), LIMIT)
}
