/** Reads the configurations of an SDXL checkpoint off the names and shapes of its single file. */
import type { ClipTextConfig } from '#models/networks/clip-text.ts'
import type { UNetConfig } from '#models/networks/unet.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import { headCount } from './head-count.ts'
import { inferUnetConfig } from './infer-unet-config.ts'
import { inferVaeConfig } from './infer-vae-config.ts'
import { type NamedShapes, namedShapes } from './named-shapes.ts'
import type { StoredTensor } from './safetensors.ts'

export interface Configs {
  readonly unet: UNetConfig
  readonly vae: VaeConfig
  readonly textEncoder: ClipTextConfig
  readonly textEncoder2: ClipTextConfig
}

/**
 * The configurations of the four networks. Those `known` from elsewhere stand as they are, and their tensors are not
 * looked at. Throws Failure('checkpoint-invalid') where a tensor to measure is missing, and
 * Failure('checkpoint-unsupported') where the networks are not built as SDXL's.
 */
export function inferConfigs(
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape'>>,
  path: string,
  known: Partial<Configs> = {},
): Configs {
  const has = (prefix: string) => [...tensors.keys()].some((name) => name.startsWith(prefix))
  const within = (...prefixes: readonly [string, string?]) =>
    namedShapes(tensors, prefixes.find((prefix) => prefix && has(prefix)) ?? prefixes[0], path)
  const clip = 'conditioner.embedders.0.transformer.'
  const textEncoder2 =
    known.textEncoder2 ?? inferOpenClip(within('conditioner.embedders.1.model.'), path)
  return {
    unet:
      known.unet ??
      inferUnetConfig(within('model.diffusion_model.'), {
        path,
        pooledWidth: textEncoder2.projection,
      }),
    vae: known.vae ?? inferVaeConfig(within('first_stage_model.', 'vae.')),
    textEncoder: known.textEncoder ?? inferClip(within(`${clip}text_model.`, clip), path),
    textEncoder2,
  }
}

/** What the published configs of both say: epsilon, and the end of text as transformers finds it for id 2. */
const clipConstants = { epsilon: 1e-5, endOfText: null }

function inferClip(tensors: NamedShapes, path: string): ClipTextConfig {
  const [vocabulary = 0, width = 0] = tensors.shape('embeddings.token_embedding.weight', 2)
  return {
    vocabulary,
    width,
    context: tensors.shape('embeddings.position_embedding.weight', 2)[0] ?? 0,
    hidden: tensors.shape('encoder.layers.0.mlp.fc1.weight', 2)[0] ?? 0,
    layers: tensors.count('encoder.layers.'),
    heads: headCount(width, path),
    activation: 'quickGelu',
    projection: 0,
    ...clipConstants,
  }
}

function inferOpenClip(tensors: NamedShapes, path: string): ClipTextConfig {
  const [vocabulary = 0, width = 0] = tensors.shape('token_embedding.weight', 2)
  // [in, out] in the original, [out, in] in files that name it as a layer.
  const projection = tensors.has('text_projection')
    ? tensors.shape('text_projection', 2)[1]
    : tensors.shape('text_projection.weight', 2)[0]
  return {
    vocabulary,
    width,
    context: tensors.shape('positional_embedding', 2)[0] ?? 0,
    hidden: tensors.shape('transformer.resblocks.0.mlp.c_fc.weight', 2)[0] ?? 0,
    layers: tensors.count('transformer.resblocks.'),
    heads: headCount(width, path),
    activation: 'gelu',
    projection: projection ?? 0,
    ...clipConstants,
  }
}
