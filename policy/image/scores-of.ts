/** What a network put out, as a score from 0 to 1 for each label. Garbage is none, whatever it would have meant. */
import type { NetworkSettings } from './settings.ts'

/** Throws a sentence for what is not one finite number for each label, or is no share where nothing makes it one. */
export function scoresOf(
  output: Float32Array,
  { labels, activation }: Pick<NetworkSettings, 'labels' | 'activation'>,
): readonly number[] {
  if (output.length !== labels.length) {
    throw new Error(`it puts out ${output.length} numbers for ${labels.length} labels`)
  }
  const scores = activate([...output], activation)
  const wrong = scores.findIndex((score) => !(score >= 0 && score <= 1))
  if (wrong < 0) return scores
  throw new Error(`its score for ${labels[wrong]} is ${scores[wrong]}, and not from 0 to 1`)
}

function activate(values: readonly number[], activation: NetworkSettings['activation']): number[] {
  if (activation === 'none') return values.map((value) => withinRounding(value))
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)))
  // Their largest is taken away first, so that none is too large to be raised to. Of NaN all become NaN.
  const largest = Math.max(...values)
  const powers = values.map((value) => Math.exp(value - largest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

/** Half precision inside a network rounds 1 up. */
const withinRounding = (value: number): number =>
  value > 1 && value < 1.001 ? 1 : value < 0 && value > -0.001 ? 0 : value
