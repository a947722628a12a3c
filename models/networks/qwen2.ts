/**
 * Qwen 2.5, a decoder that continues a text: each token attends to itself and to those before it.
 * Qwen Team 2024, "Qwen2.5 Technical Report", section 2. Parameter names follow transformers.
 */
import { continuation } from '../graph/continuation.ts'
import type { Graph, Value } from '../graph/graph.ts'
import type { Cache, Places } from '../graph/lowering.ts'
import * as nn from '../layers/layers.ts'
import { type Scope, scopeOf } from '../layers/scope.ts'

export interface Qwen2Config {
  readonly vocabulary: number
  readonly width: number
  /** Width inside the feed-forward layers. */
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  /** Heads of keys and values, each of which several query heads share. */
  readonly kvHeads: number
  readonly headWidth: number
  /** Base of the rotary embedding's wavelengths. */
  readonly theta: number
  readonly epsilon: number
  /** Whether the table of tokens is also the last layer. */
  readonly tied: boolean
}

export type Qwen2Size = '0.5B' | '1.5B' | '7B'

const shared = { headWidth: 128, theta: 1e6, epsilon: 1e-6 } as const

/** As published; a checkpoint's own config is read from its folder. */
export const qwen25: Readonly<Record<Qwen2Size, Qwen2Config>> = {
  '0.5B': {
    ...shared,
    vocabulary: 151_936,
    width: 896,
    hidden: 4864,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    headWidth: 64,
    tied: true,
  },
  '1.5B': {
    ...shared,
    vocabulary: 151_936,
    width: 1536,
    hidden: 8960,
    layers: 28,
    heads: 12,
    kvHeads: 2,
    tied: true,
  },
  '7B': {
    ...shared,
    vocabulary: 152_064,
    width: 3584,
    hidden: 18_944,
    layers: 28,
    heads: 28,
    kvHeads: 4,
    tied: false,
  },
}

/**
 * Writes the network for one step: `input_ids` [1, length], and of the tokens before them
 * `past_key_values.N.key` and `.value` [1, kvHeads, past, headWidth] of each layer N, zero tokens long at first. `logits`
 * [1, 1, vocabulary] are of the token that follows the last; `present.N.key` and `.value` have the new tokens too.
 */
export function qwen2(graph: Graph, config: Qwen2Config): void {
  const ids = graph.input('input_ids', [1, null], 'int64')
  const { logits, caches } = decode(graph, config, { ids, caches: pastOf(graph, config) })
  graph.output('logits', logits)
  for (const [layer, { key, value }] of caches.entries()) {
    graph.output(`present.${layer}.key`, key)
    graph.output(`present.${layer}.value`, value)
  }
}

/** Writes the network as a whole continuation of a text: inputs and outputs as `continuation` says. */
export function qwen2Continuation(graph: Graph, config: Qwen2Config): void {
  continuation(graph, {
    vocabulary: config.vocabulary,
    caches: pastOf(graph, config),
    decode: (body, { ids, caches }) => decode(body, config, { ids, caches }),
  })
}

function pastOf(graph: Graph, { layers, kvHeads, headWidth }: Qwen2Config): readonly Cache[] {
  const past = (layer: number, what: string) =>
    graph.input(`past_key_values.${layer}.${what}`, [1, kvHeads, null, headWidth])
  return Array.from({ length: layers }, (_, layer) => {
    return { key: past(layer, 'key'), value: past(layer, 'value') }
  })
}

interface Tokens {
  readonly ids: Value
  /** Of the tokens before them, one a layer. */
  readonly caches: readonly Cache[]
}

function decode(
  graph: Graph,
  config: Qwen2Config,
  { ids, caches }: Tokens,
): { readonly logits: Value; readonly caches: readonly Cache[] } {
  const { vocabulary, width, tied, epsilon } = config
  const model = scopeOf(graph, 'model')
  const [first] = caches
  if (!first) throw new Error('a decoder of no layers')
  const places = graph.lowering.places(ids, first, config)
  let x = nn.embedding(model.at('embed_tokens'), ids, [vocabulary, width])
  const grown = caches.map((cache, i) => {
    const layer = decoderLayer(model.at('layers', i), x, { ...config, cache, places })
    x = layer.x
    return layer.cache
  })
  const last = graph.lowering.tokenAt(x, graph.integers(-1))
  const normed = nn.rmsNorm(model.at('norm'), last, epsilon)
  const table = tied ? model.at('embed_tokens') : scopeOf(graph, 'lm_head')
  return { logits: nn.linear(table, normed, vocabulary, { bias: false }), caches: grown }
}

function decoderLayer(
  at: Scope,
  x: Value,
  config: Qwen2Config & { readonly cache: Cache; readonly places: Places },
): { readonly x: Value; readonly cache: Cache } {
  const { heads, kvHeads, headWidth, epsilon, cache, places } = config
  const self = at.at('self_attn')
  const normed = nn.rmsNorm(at.at('input_layernorm'), x, epsilon)
  const project = (name: string, count: number) =>
    nn.linear(self.at(name), normed, count * headWidth)
  const attended = x.graph.lowering.cachedAttention(
    [project('q_proj', heads), project('k_proj', kvHeads), project('v_proj', kvHeads)],
    cache,
    { heads, kvHeads, places },
  )
  const mixed = nn.linear(self.at('o_proj'), attended.mixed, nn.widthOf(x), { bias: false })
  const y = nn.add(x, mixed)
  const fed = feedForward(
    at.at('mlp'),
    nn.rmsNorm(at.at('post_attention_layernorm'), y, epsilon),
    config,
  )
  return { x: nn.add(y, fed), cache: attended.cache }
}

/** SwiGLU, Shazeer 2020. */
function feedForward(at: Scope, x: Value, { hidden }: Qwen2Config): Value {
  const widened = (name: string) => nn.linear(at.at(name), x, hidden, { bias: false })
  const gated = nn.multiply(nn.silu(widened('gate_proj')), widened('up_proj'))
  return nn.linear(at.at('down_proj'), gated, nn.widthOf(x), { bias: false })
}
