/**
 * CLIP's text encoder, in the two sizes that SDXL reads prompts with.
 * Radford et al. 2021, section 2.4; OpenCLIP ViT-bigG-14. Parameter names follow transformers.
 */
import type { Graph, Value } from '../graph/graph.ts'
import * as nn from '../layers/layers.ts'
import { type Scope, scopeOf } from '../layers/scope.ts'

export interface ClipTextConfig {
  readonly vocabulary: number
  /** Positions: 77. */
  readonly context: number
  readonly width: number
  /** Width inside the feed-forward layers. */
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly activation: 'quickGelu' | 'gelu'
  readonly epsilon: number
  /** Width of the projected pooled state (text_encoder_2); 0 where there is no projection. */
  readonly projection: number
  /** The token whose first position is pooled; null: the first highest id, as transformers does for eos_token_id 2. */
  readonly endOfText: number | null
}

const shared = { vocabulary: 49408, context: 77, epsilon: 1e-5, endOfText: null } as const

export const clipL: ClipTextConfig = {
  ...shared,
  width: 768,
  hidden: 3072,
  layers: 12,
  heads: 12,
  activation: 'quickGelu',
  projection: 0,
}

export const clipBigG: ClipTextConfig = {
  ...shared,
  width: 1280,
  hidden: 5120,
  layers: 32,
  heads: 20,
  activation: 'gelu',
  projection: 1280,
}

/**
 * Writes the network: `hidden` [1, 77, width] is the state before the last layer, which conditions the
 * UNet; `pooled` [1, 1, projection] the projected last state at the end of the text.
 */
export function clipText(graph: Graph, config: ClipTextConfig): void {
  const { context, width, vocabulary, layers, epsilon, projection } = config
  const text = scopeOf(graph, 'text_model')
  const ids = graph.input('ids', [1, context], 'int64')
  /** Added to the attention scores: 0 where a token may be attended to, else very low. */
  const bias = graph.input('mask', [1, 1, context, context])

  const tokens = nn.embedding(text.at('embeddings.token_embedding'), ids, [vocabulary, width])
  const positions = text.at('embeddings.position_embedding').weight('weight', context, width)
  let x = nn.add(tokens, positions)
  let penultimate = x
  for (let i = 0; i < layers; i++) {
    penultimate = x
    x = encoderLayer(text.at('encoder.layers', i), x, { ...config, bias })
  }
  graph.output('hidden', penultimate)

  const normed = nn.layerNorm(text.at('final_layer_norm'), x, epsilon)
  if (!projection) return
  const endOfText = graph.lowering.tokenAt(normed, graph.input('endOfText', [1], 'int64'))
  const pooled = scopeOf(graph, 'text_projection')
  graph.output('pooled', nn.linear(pooled, endOfText, projection, { bias: false }))
}

function encoderLayer(at: Scope, x: Value, config: ClipTextConfig & { bias: Value }): Value {
  const { width, hidden, heads, activation, epsilon, bias } = config
  const self = nn.layerNorm(at.at('layer_norm1'), x, epsilon)
  const mixed = nn.attention(at.at('self_attn'), [self, self], {
    query: 'q_proj',
    key: 'k_proj',
    value: 'v_proj',
    out: 'out_proj',
    bias: true,
    heads,
    scoreBias: bias,
  })
  const y = nn.add(mixed, x)
  const normed = nn.layerNorm(at.at('layer_norm2'), y, epsilon)
  const widened = x.graph.lowering[activation](nn.linear(at.at('mlp.fc1'), normed, hidden))
  return nn.add(nn.linear(at.at('mlp.fc2'), widened, width), y)
}
