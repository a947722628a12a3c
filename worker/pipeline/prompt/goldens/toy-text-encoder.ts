/**
 * One causal attention over made-up embeddings: the function that make-compel.py has in Python, as
 * a text encoder.
 */
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'
import type { TextEncoder } from '../text-encoder.ts'

/** `runs` counts what was encoded. */
export function toyTextEncoder(
  tokenizer: ClipTokenizer,
  width: number,
): TextEncoder & { runs: number } {
  const toy = {
    tokenizer,
    width,
    context: 77,
    runs: 0,
    async encode(ids: readonly number[], mask?: readonly boolean[]) {
      toy.runs++
      const states = ids.map((id, position) => embedding(id, position, width))
      const hidden = states.map((state, position) =>
        attended(
          state,
          states.filter((_, at) => at <= position && (mask?.[at] ?? true)),
        ),
      )
      const end = hidden[ids.indexOf(tokenizer.endOfText)] ?? []
      return {
        hidden: Float32Array.from(hidden.flat()),
        pooled: Float32Array.from(end, (value) => value * 2),
      }
    },
  }
  return toy
}

function embedding(id: number, position: number, width: number): number[] {
  return Array.from({ length: width }, (_, index) => {
    const channel = index + 1
    return Math.sin((id % 97) * channel * 0.37 + channel) + Math.cos(position * channel * 0.1)
  })
}

function attended(state: readonly number[], keys: readonly (readonly number[])[]): number[] {
  const scores = keys.map((key) => {
    const dot = state.reduce((sum, value, index) => sum + value * key[index]!, 0)
    return Math.exp(dot / Math.sqrt(state.length))
  })
  const total = scores.reduce((sum, score) => sum + score, 0)
  return state.map(
    (value, index) =>
      value + keys.reduce((sum, key, at) => sum + (scores[at]! / total) * key[index]!, 0),
  )
}
