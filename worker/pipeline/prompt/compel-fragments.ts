/**
 * Compel's maths: up-weights move a token away from the empty prompt, down-weights blend with a
 * prompt that lacks it.
 */
import { inSentences } from './compel-runs.ts'
import { awayFrom, normalized, weightedSum } from './weight-maths.ts'
import type { WeightedText } from './weighted-text.ts'
import type { WindowSource } from './window-source.ts'
import { tokenize, toWindow, type Window } from './windows.ts'

export interface EncodedFragments {
  /** Each [context, width]; as many as the text needs and the limit allows, one for no text. */
  readonly windows: Float32Array[]
  readonly tokens: number
  readonly truncated: boolean
}

/**
 * base = empty + (z − empty)·w for every token; then, for each fragment with w < 1, the same once
 * more with that fragment hidden from the encoder's attention, and the average of all, in which the
 * base counts 1 and a version without a fragment tan((1 − w)·π/2): nothing at 1, as much as the
 * base at ½, everything at 0.
 */
export async function encodeFragments(
  source: WindowSource,
  fragments: readonly WeightedText[],
  limit: number,
): Promise<EncodedFragments> {
  const { tokenizer, context } = source
  const tokens = fragments.map((fragment) => tokenize([fragment], tokenizer))
  const runs = inSentences(tokens.flat(), context - 2, tokenizer)
  const windows = runs.slice(0, limit).map((run) => toWindow(run, tokenizer, context))
  const positions = positionsIn(runs.slice(0, limit), context)

  const base = []
  for (const window of windows) base.push(await weighted(source, window))
  const versions = [base]
  const shares = [1]
  const kept = positions.length
  const downWeighted = downWeights(fragments, tokens).filter(({ first }) => first < kept)
  for (const { first, end, weight } of downWeighted.slice(0, MAX_VERSIONS)) {
    const from = positions[first] ?? 0
    const to = positions[Math.min(end, kept) - 1] ?? 0
    const version = []
    for (const [index, window] of windows.entries()) {
      const mask = maskWithout(from - index * context, to - index * context, context)
      version.push(await weighted(source, window, mask))
    }
    versions.push(version)
    shares.push(Math.tan(((1 - Math.max(weight, 1e-5)) * Math.PI) / 2))
  }

  const weights = normalized(shares)
  const average = (index: number) =>
    weightedSum(
      versions.map((version) => version[index]!),
      weights,
    )
  return {
    windows: shares.length === 1 ? base : base.map((_, index) => average(index)),
    tokens: tokens.flat().length,
    truncated: runs.length > limit,
  }
}

// Every version runs both encoders once more. The rest are still scaled.
const MAX_VERSIONS = 32

interface DownWeight {
  /** Index of the fragment's first token among all. */
  readonly first: number
  /** One past its last. */
  readonly end: number
  readonly weight: number
}

function downWeights(
  fragments: readonly WeightedText[],
  tokens: readonly (readonly unknown[])[],
): DownWeight[] {
  let end = 0
  return fragments.flatMap(({ weight }, index) => {
    const first = end
    end += tokens[index]?.length ?? 0
    return weight < 1 && end > first ? [{ first, end, weight }] : []
  })
}

// Of each token among all windows' positions laid end to end: a window's first is its start.
function positionsIn(runs: readonly (readonly unknown[])[], context: number): number[] {
  return runs.flatMap((run, window) => run.map((_, index) => window * context + 1 + index))
}

// A window's own first and last position are never hidden.
function maskWithout(from: number, to: number, context: number): boolean[] {
  return Array.from({ length: context }, (_, at) => {
    return at < from || at > to || at === 0 || at === context - 1
  })
}

async function weighted(
  source: WindowSource,
  window: Window,
  mask?: readonly boolean[],
): Promise<Float32Array> {
  const { hidden } = await source.encode(window.ids, mask)
  if (window.weights.every((weight) => weight === 1)) return hidden
  return awayFrom((await source.empty()).hidden, hidden, window.weights)
}
