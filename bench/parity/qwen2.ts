/** Qwen 2.5 against transformers: logits and caches of small networks, and 64 greedy tokens in both forms. */
import { openQwen2Folder } from '#models/checkpoints/qwen2-folder.ts'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import {
  type Qwen2Case,
  qwen2Variants,
  readQwen2Golden,
  writeQwen2,
} from '#models/networks/goldens/qwen2.ts'
import { type Qwen2Config, qwen2, qwen2Continuation } from '#models/networks/qwen2.ts'
import { continuationFeeds, type Past, pastOf, stepFeeds } from '#models/networks/qwen2-feeds.ts'
import { openSession, type Session, type WeightUse } from '#worker/engine/session.ts'
import { relativeError } from './distance.ts'
import { readTensors } from './goldens.ts'
import type { Result } from './parity.ts'

/** On folders that are written into `folder` for the purpose; `weights` are prepared by default. */
export async function runQwen2(
  folder: string,
  weights: WeightUse = 'prepared',
): Promise<readonly Result[]> {
  const { cases, file } = await readQwen2Golden()
  const goldens = await readTensors(file)
  const results: Result[] = []
  for (const variant of qwen2Variants) {
    const path = await writeQwen2(folder, { variant })
    const plain = await open(path, qwen2, weights)
    const loop = await open(path, qwen2Continuation, weights)
    await using _ = plain.session
    await using __ = loop.session
    for (const one of cases.filter(({ checkpoint }) => checkpoint === variant)) {
      const outputs = await logitsAndCache(plain, one)
      const compared = Object.entries(outputs).flatMap(([name, values]) => {
        const golden = goldens.get(`${one.name}.${name}`)?.data
        return golden ? [relativeError(values, golden)] : []
      })
      results.push({ name: one.name, kind: 'qwen2', relativeError: Math.max(...compared) })
      if (!one.greedy) continue
      const steps = await greedy(plain, one)
      const feeds = { draws: one.greedy.map(() => 0) }
      const { tokens } = await loop.session.run(continuationFeeds(loop.config, one.ids, feeds), [
        'tokens',
      ])
      results.push(identical(`${one.name} by steps`, steps, one.greedy))
      results.push(identical(`${one.name} in one run`, [...(tokens ?? [])], one.greedy))
    }
  }
  return results
}

interface Opened {
  readonly config: Qwen2Config
  readonly session: Session<string, string>
}

async function open(
  path: string,
  write: (graph: Graph, config: Qwen2Config) => void,
  weights: WeightUse,
): Promise<Opened> {
  const { config, weight } = await openQwen2Folder(path)
  const graph = new Graph('qwen2', portable)
  write(graph, config)
  const options = { device: 'cpu', weights, threads: 1 } as const
  return { config, session: await openSession(toOnnx(graph, weight), options) }
}

/** Of the second layer, which the golden has where the prompt came in two runs. */
async function logitsAndCache(
  { config, session }: Opened,
  { ids, past }: Qwen2Case,
): Promise<Record<string, Float32Array>> {
  const before: Past =
    past === 0 ? {} : pastOf(await session.run(stepFeeds(config, ids.slice(0, past))))
  const outputs = await session.run(stepFeeds(config, ids.slice(past), before))
  const { logits, 'present.1.key': key, 'present.1.value': value } = outputs
  if (!logits || !key || !value) throw new Error('the network handed back too little')
  return { logits, key, value }
}

async function greedy(
  { config, session }: Opened,
  { ids, greedy: expected = [] }: Qwen2Case,
): Promise<number[]> {
  const tokens: number[] = []
  let [next, past]: [readonly number[], Past] = [ids, {}]
  for (const _ of expected) {
    const outputs = await session.run(stepFeeds(config, next, past))
    const logits = outputs.logits ?? new Float32Array()
    const token = logits.reduce((best, one, id) => (one > (logits[best] ?? 0) ? id : best), 0)
    tokens.push(token)
    ;[next, past] = [[token], pastOf(outputs)]
  }
  return tokens
}

/** Tokens are right or wrong: one wrong token is infinitely far. */
function identical(name: string, tokens: readonly number[], golden: readonly number[]): Result {
  const isSame = tokens.join() === golden.join()
  return { name, kind: 'qwen2 tokens', relativeError: isSame ? 0 : Number.POSITIVE_INFINITY }
}
