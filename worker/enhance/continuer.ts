/** A network and its tokenizer as text in, text out; the constant beginning of many texts is read once. */
import type { Qwen2Config } from '#models/networks/qwen2.ts'
import { continuationFeeds, type Past, pastOf } from '#models/networks/qwen2-feeds.ts'
import type { QwenTokenizer } from '#models/tokenizers/qwen.ts'
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'
import type { Session } from '#worker/engine/session.ts'
import type { CompletionRequest } from './enhancement.ts'
import type { Written } from './messages.ts'

export interface Continuer {
  readonly complete: (request: CompletionRequest) => Promise<Written>
}

export interface ContinuerParts {
  readonly config: Qwen2Config
  readonly session: Session<string, string>
  readonly tokenizer: QwenTokenizer
}

/** Each mode and content mode has its own, of some 250 tokens: 30 MB for 7B. */
const PREFIXES_KEPT = 8
/** Share of probability that is drawn from where a temperature is given, as Qwen's authors recommend. */
const TOP_P = 0.8

export function createContinuer({ config, session, tokenizer }: ContinuerParts): Continuer {
  const prefixes = new Map<string, Past>()
  const read = async (prefix: string): Promise<Past> => {
    const ids = tokenizer.encode(prefix)
    // What it would write is of no interest: the cache has every token but that.
    return ids.length === 0 ? {} : pastOf(await session.run(continuationFeeds(config, ids, ONE)))
  }
  const pastFor = async (prefix: string): Promise<Past> => {
    const past = prefixes.get(prefix) ?? (await read(prefix))
    // The last of the map is the one that was used last.
    prefixes.delete(prefix)
    prefixes.set(prefix, past)
    const [oldest] = prefixes.keys()
    if (prefixes.size > PREFIXES_KEPT && oldest !== undefined) prefixes.delete(oldest)
    return past
  }
  return {
    async complete({ prefix, text, maxNewTokens, temperature = 0, seed = 0 }) {
      const start = performance.now()
      const past = await pastFor(prefix)
      const feeds = continuationFeeds(config, tokenizer.encode(text), {
        ...{ past, stopIds: tokenizer.stopIds, least: 1 },
        ...drawsOf({ count: maxNewTokens, temperature, seed }),
      })
      const { tokens, probabilities } = await session.run(feeds, ['tokens', 'probabilities'])
      const ids = [...(tokens ?? [])]
      const [line = ''] = tokenizer.decode(ids).split('\n')
      const ms = performance.now() - start
      return { text: line, tokens: ids.length, ms, overflowed: hasOverflowed(ids, probabilities) }
    },
  }
}

const ONE = { draws: [0] }

function drawsOf({
  count,
  temperature,
  seed,
}: {
  readonly count: number
  readonly temperature: number
  readonly seed: number
}) {
  if (temperature <= 0) return { draws: Array<number>(count).fill(0) }
  const next = createMersenneTwister(seed % 2 ** 32)
  const draws = Array.from({ length: count }, () => next() * 2 ** -32)
  return { draws, temperature, topP: TOP_P }
}

/** Token 0 is `!`, the first of the table where all numbers are none; four in a row are no text. */
const ZEROS = 4

function hasOverflowed(ids: readonly number[], probabilities: ArrayLike<number> = []): boolean {
  const isNone = Array.from(probabilities).some(Number.isNaN)
  return isNone || (ids.length >= ZEROS && ids.every((id) => id === 0))
}
