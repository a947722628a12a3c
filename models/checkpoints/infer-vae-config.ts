/** Reads a VAE's configuration off the names and shapes of its tensors. */
import type { VaeConfig } from '#models/networks/vae.ts'
import type { NamedShapes } from './named-shapes.ts'

/** How a layout names the levels of the encoder, and the blocks in each. */
export interface VaeNaming {
  readonly levels: string
  readonly blocks: string
}

export const ldmVaeNaming: VaeNaming = { levels: 'encoder.down.', blocks: 'block.' }
export const diffusersVaeNaming: VaeNaming = { levels: 'encoder.down_blocks.', blocks: 'resnets.' }

/**
 * Of the tensors under the VAE's prefix. What weights do not tell (groups, scaling factor) is SDXL's.
 * Throws Failure('checkpoint-invalid') where a tensor to measure is missing.
 */
export function inferVaeConfig(
  tensors: NamedShapes,
  { levels, blocks }: VaeNaming = ldmVaeNaming,
): VaeConfig {
  const channels = Array.from(
    { length: tensors.count(levels) },
    (_, level) => tensors.shape(`${levels}${level}.${blocks}0.conv2.weight`, 4)[0] ?? 0,
  )
  return {
    imageChannels: tensors.shape('encoder.conv_in.weight', 4)[1] ?? 0,
    latentChannels: tensors.shape('decoder.conv_in.weight', 4)[1] ?? 0,
    channels,
    resnetsPerLevel: tensors.count(`${levels}0.${blocks}`),
    groups: 32,
    scalingFactor: 0.13025,
    halfSafe: false,
  }
}
