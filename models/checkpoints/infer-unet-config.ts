/** Reads a UNet's configuration off the names and shapes of a single file. */
import { Failure } from '#contract'
import type { UNetConfig } from '#models/networks/unet.ts'
import { headCount } from './head-count.ts'
import type { NamedShapes } from './named-shapes.ts'

/** One resolution, as one way through it is built. */
interface Level {
  readonly channels: number
  readonly depths: readonly number[]
}

/**
 * Of the tensors under `model.diffusion_model.`. `pooledWidth` is that of the pooled prompt: 1280. What weights do not
 * tell (groups, epsilon, head size, native size) is SDXL's.
 * Throws Failure('checkpoint-unsupported') for a UNet that is not built level by level as SDXL's is.
 */
export function inferUnetConfig(
  tensors: NamedShapes,
  { path, pooledWidth }: { readonly path: string; readonly pooledWidth: number },
): UNetConfig {
  const [first = 0, inChannels = 0] = tensors.shape('input_blocks.0.0.weight', 4)
  const down = levelsDown(tensors)
  const depths = down.map((level) => level.depths[0] ?? 0)
  const resnetsPerLevel = down[0]?.depths.length ?? 0
  const middleDepth = tensors.count('middle_block.1.transformer_blocks.')
  const expected = down.map(({ channels }, level) => ({
    channels,
    depths: Array.from({ length: resnetsPerLevel + 1 }, () => depths[level] ?? 0),
  }))
  const uniform = down.every(
    ({ depths: found }, level) =>
      found.length === resnetsPerLevel && found.every((depth) => depth === depths[level]),
  )
  const up = levelsUp(tensors, resnetsPerLevel + 1)
  const mirrored = JSON.stringify(up.toReversed()) === JSON.stringify(expected)
  if (down[0]?.channels !== first || !uniform || !mirrored || middleDepth === 0) {
    throw new Failure('checkpoint-unsupported', prunedMessage(path))
  }

  const channels = down.map((level) => level.channels)
  const [, conditioningWidth = 0] = tensors.shape('label_emb.0.0.weight', 2)
  const timeIdWidth = (conditioningWidth - pooledWidth) / 6
  if (!Number.isInteger(timeIdWidth) || timeIdWidth < 2) {
    throw new Failure(
      'checkpoint-unsupported',
      `${path}: the UNet is conditioned on ${conditioningWidth} numbers, which are not a pooled prompt of ${pooledWidth} and six embedded sizes: name an SDXL base checkpoint.`,
    )
  }
  const middle = 'middle_block.1.'
  return {
    inChannels,
    outChannels: tensors.shape('out.2.weight', 4)[0] ?? 0,
    channels,
    depths,
    middleDepth,
    heads: channels.map((width) => headCount(width, path)),
    resnetsPerLevel,
    contextWidth: tensors.shape(`${middle}transformer_blocks.0.attn2.to_k.weight`, 2)[1] ?? 0,
    timeIdWidth,
    conditioningWidth,
    groups: 32,
    epsilon: 1e-5,
    linearProjection: tensors.rank(`${middle}proj_in.weight`) === 2,
    guidanceEmbeddingWidth: tensors.has(guidance) ? (tensors.shape(guidance, 2)[1] ?? 0) : 0,
    sampleSize: 128,
  }
}

const guidance = 'time_embed.cond_proj.weight'

function prunedMessage(path: string): string {
  return `${path}: the UNet has not SDXL's blocks (levels that mirror each other, attention in the middle), so it is a pruned one such as SSD-1B, Segmind Vega or KOALA: name a full SDXL checkpoint.`
}

/** Finest first. A block with a downsampler closes its level. */
function levelsDown(tensors: NamedShapes): Level[] {
  const levels: { channels: number; depths: number[] }[] = []
  let open: { channels: number; depths: number[] } | undefined
  const blocks = tensors.count('input_blocks.')
  for (let block = 1; block < blocks; block++) {
    const name = `input_blocks.${block}.`
    if (tensors.has(`${name}0.op.weight`)) {
      open = undefined
      continue
    }
    if (!open) {
      open = { channels: outputChannels(tensors, name), depths: [] }
      levels.push(open)
    }
    open.depths.push(tensors.count(`${name}1.transformer_blocks.`))
  }
  return levels
}

/** Coarsest first, as they run; every level has `resnets` of them. */
function levelsUp(tensors: NamedShapes, resnets: number): Level[] {
  const blocks = tensors.count('output_blocks.')
  const levels: { channels: number; depths: number[] }[] = []
  for (let block = 0; block < blocks; block++) {
    const name = `output_blocks.${block}.`
    if (block % resnets === 0) {
      levels.push({ channels: outputChannels(tensors, name), depths: [] })
    }
    levels.at(-1)?.depths.push(tensors.count(`${name}1.transformer_blocks.`))
  }
  return levels
}

function outputChannels(tensors: NamedShapes, block: string): number {
  return tensors.shape(`${block}0.out_layers.3.weight`, 4)[0] ?? 0
}
