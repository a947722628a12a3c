/** Where each tensor of the tiny SDXL's single file stands in its diffusers folder, as recorded by `make.py layout`. */
import { readFileSync } from 'node:fs'

export type Part = 'unet' | 'vae' | 'text_encoder' | 'text_encoder_2'

export const parts: readonly Part[] = ['unet', 'vae', 'text_encoder', 'text_encoder_2']

export interface LaidTensor {
  /** In the single file; this name makes the values. */
  readonly key: string
  readonly shape: readonly number[]
  readonly part: Part
  /** In the part's own file; several names share the rows of the key equally, in order. */
  readonly names: readonly string[]
  readonly part_shape: readonly number[]
  /** The folder has columns where the single file has rows. */
  readonly transposed?: true
}

interface Layout {
  /** Each part's config.json. */
  readonly parts: Readonly<Record<Part, Readonly<Record<string, unknown>>>>
  /** scheduler_config.json. */
  readonly scheduler: Readonly<Record<string, unknown>>
  readonly model_index: Readonly<Record<string, unknown>>
  /** Sorted by key. */
  readonly tensors: readonly LaidTensor[]
}

export const layout: Layout = JSON.parse(
  readFileSync(new URL('./layout.json', import.meta.url), 'utf8'),
)
