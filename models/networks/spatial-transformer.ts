/** Attention in the UNet: reads an image as a sequence of pixels, each of which attends to the others and to the prompt. */
import type { Value } from '../graph/graph.ts'
import * as nn from '../layers/layers.ts'
import type { Scope } from '../layers/scope.ts'

export interface SpatialTransformerOptions {
  readonly depth: number
  readonly heads: number
  readonly groups: number
  /** Whether proj_in and proj_out are linear layers or 1×1 convolutions. */
  readonly linearProjection: boolean
}

export function spatialTransformer(
  at: Scope,
  [image, prompt]: readonly [Value, Value],
  { depth, heads, groups, linearProjection }: SpatialTransformerOptions,
): Value {
  const { lowering } = image.graph
  const width = nn.widthOf(image)
  // 1e-6 here, where the resnets around it have 1e-5 (diffusers, Transformer2DModel).
  const normed = nn.groupNorm(at.at('norm'), image, { groups, epsilon: 1e-6 })
  let x = linearProjection
    ? nn.linear(at.at('proj_in'), lowering.toTokens(normed), width)
    : lowering.toTokens(nn.conv2d(at.at('proj_in'), normed, width, { kernel: 1 }))
  for (let i = 0; i < depth; i++) {
    x = transformerBlock(at.at('transformer_blocks', i), [x, prompt], heads)
  }
  const out = linearProjection
    ? lowering.toPixels(nn.linear(at.at('proj_out'), x, width), image)
    : nn.conv2d(at.at('proj_out'), lowering.toPixels(x, image), width, { kernel: 1 })
  return nn.add(image, out)
}

function transformerBlock(
  at: Scope,
  [pixels, prompt]: readonly [Value, Value],
  heads: number,
): Value {
  const attend = (name: string, x: Value, context: Value) =>
    nn.attention(at.at(name), [x, context], {
      query: 'to_q',
      key: 'to_k',
      value: 'to_v',
      out: 'to_out.0',
      bias: false,
      heads,
    })
  const self = nn.layerNorm(at.at('norm1'), pixels)
  let x = nn.add(attend('attn1', self, self), pixels)
  x = nn.add(attend('attn2', nn.layerNorm(at.at('norm2'), x), prompt), x)
  return nn.add(feedForward(at.at('ff.net'), nn.layerNorm(at.at('norm3'), x)), x)
}

/** GEGLU, Shazeer 2020: half of a widened x gated by the other half. */
function feedForward(at: Scope, x: Value): Value {
  const gated = x.graph.lowering.geglu(nn.linear(at.at('0.proj'), x, nn.widthOf(x) * 8))
  return nn.linear(at.at('2'), gated, nn.widthOf(x))
}
