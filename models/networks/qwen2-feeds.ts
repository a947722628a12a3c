/** What a session of Qwen 2.5 is fed, and what it hands back, for whoever runs one. */
import type { Qwen2Config } from './qwen2.ts'

/** Keys and values of tokens that were read before, by the names of the inputs that take them; of none, empty. */
export type Past = Readonly<Record<string, Float32Array>>

export interface Feed {
  readonly data: Float32Array | BigInt64Array
  readonly shape: readonly number[]
}
export type Feeds = Readonly<Record<string, Feed>>

/** For `qwen2`: `ids` follow those of `past`; at least one. */
export function stepFeeds(config: Qwen2Config, ids: readonly number[], past: Past = {}): Feeds {
  return { input_ids: { data: whole(ids), shape: [1, ids.length] }, ...pastFeeds(config, past) }
}

export interface Continuation {
  /** One number in [0, 1) for each token that may be written; 0 takes the likeliest. */
  readonly draws: readonly number[]
  readonly past?: Past
  /** None by default: it ends after as many tokens as there are draws. */
  readonly stopIds?: readonly number[]
  /** Above 0; 1 by default. Of no effect where every draw is 0. */
  readonly temperature?: number
  /** Share of probability that is drawn from, in (0, 1]; 1 by default. */
  readonly topP?: number
  /** Tokens before which no stop id is written; 0 by default. */
  readonly least?: number
}

/** For `qwen2Continuation`: `ids` follow those of `past`; at least one. */
export function continuationFeeds(
  config: Qwen2Config,
  ids: readonly number[],
  { draws, past, stopIds = [], temperature = 1, topP = 1, least = 0 }: Continuation,
): Feeds {
  return {
    ...stepFeeds(config, ids, past),
    stop_ids: { data: whole(stopIds), shape: [stopIds.length] },
    draws: { data: Float32Array.from(draws, belowOne), shape: [draws.length] },
    temperature: { data: Float32Array.of(temperature), shape: [1] },
    top_p: { data: Float32Array.of(topP), shape: [1] },
    least: { data: whole([least]), shape: [1] },
  }
}

/** The cache that a run of either form hands back, to be fed again. */
export function pastOf(outputs: Readonly<Record<string, Float32Array>>): Past {
  const entries = Object.entries(outputs).flatMap(([name, data]) =>
    name.startsWith('present.') ? [[name.replace('present', 'past_key_values'), data]] : [],
  )
  return Object.fromEntries(entries)
}

function pastFeeds({ layers, kvHeads, headWidth }: Qwen2Config, past: Past): Feeds {
  const feeds = Array.from({ length: layers }, (_, layer) =>
    ['key', 'value'].map((what) => {
      const name = `past_key_values.${layer}.${what}`
      const data = past[name] ?? new Float32Array()
      return [name, { data, shape: [1, kvHeads, data.length / kvHeads / headWidth, headWidth] }]
    }),
  )
  return Object.fromEntries(feeds.flat())
}

const whole = (numbers: readonly number[]): BigInt64Array => BigInt64Array.from(numbers, BigInt)

/** The float32 before 1, for a draw that would round up to it. */
const belowOne = (draw: number): number => Math.min(draw, 1 - 2 ** -24)
