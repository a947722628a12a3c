/** A small Qwen 2.5 in sessions, driven as a program drives it: by the step, or a whole continuation in one run. */
import { openSession, type Session, type WeightUse } from '#worker/engine/session.ts'
import { openQwen2Folder } from '../checkpoints/qwen2-folder.ts'
import { Graph, type GraphPrecision } from '../graph/graph.ts'
import type { Lowering } from '../graph/lowering.ts'
import { toOnnx } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import type { Qwen2Config, qwen2, qwen2Continuation } from './qwen2.ts'
import {
  type Continuation,
  continuationFeeds,
  type Past,
  pastOf,
  stepFeeds,
} from './qwen2-feeds.ts'

export interface Qwen2Options {
  readonly lowering?: Lowering
  readonly precision?: GraphPrecision
  readonly weights?: WeightUse
}

export interface OpenedQwen2 {
  readonly config: Qwen2Config
  readonly session: Session<string, string>
}

export async function openQwen2(
  path: string,
  write: typeof qwen2 | typeof qwen2Continuation,
  { lowering = portable, precision = 'float32', weights = 'prepared' }: Qwen2Options = {},
): Promise<OpenedQwen2> {
  const { config, weight } = await openQwen2Folder(path)
  const graph = new Graph('qwen2', lowering, precision)
  write(graph, config)
  const model = toOnnx(graph, weight)
  return { config, session: await openSession(model, { device: 'cpu', weights, threads: 1 }) }
}

/** One run of the plain form: the logits after `ids`, and the cache that has them too. */
export async function step(
  { config, session }: OpenedQwen2,
  ids: readonly number[],
  past: Past = {},
): Promise<{ readonly logits: Float32Array; readonly past: Past }> {
  const outputs = await session.run(stepFeeds(config, ids, past))
  return { logits: outputs.logits!, past: pastOf(outputs) }
}

/** The likeliest tokens, one run each. */
export async function greedyBySteps(
  opened: OpenedQwen2,
  ids: readonly number[],
  most: number,
): Promise<number[]> {
  const tokens: number[] = []
  let [next, past]: [readonly number[], Past] = [ids, {}]
  while (tokens.length < most) {
    const result = await step(opened, next, past)
    const token = likeliest(result.logits)
    tokens.push(token)
    ;[next, past] = [[token], result.past]
  }
  return tokens
}

const likeliest = (logits: Float32Array): number =>
  logits.reduce((best, logit, id) => (logit > logits[best]! ? id : best), 0)

/** One run of the other form. */
export async function continued(
  { config, session }: OpenedQwen2,
  ids: readonly number[],
  asked: Continuation,
) {
  const outputs = await session.run(continuationFeeds(config, ids, asked))
  return {
    tokens: [...outputs.tokens!],
    probabilities: [...outputs.probabilities!],
    past: pastOf(outputs),
  }
}
