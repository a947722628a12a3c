/** Says what a file is that is no LoRA for the checkpoint at hand: of another kind, or for another model. */
import type { StoredTensor } from '../checkpoints/safetensors.ts'

type Tensors = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>

/** Adapters that are no plain product of two matrices, by the names of their tensors. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/\.dora_scale$|lora_magnitude_vector/, 'DoRA'],
  [/\.hada_w\d_/, 'LoHa'],
  [/\.lokr_/, 'LoKr'],
  [/\.lora_mid\./, 'LoCon with a middle factor (lora_mid)'],
  [/\.(oft_blocks|oft_diag|oft_R)/, 'OFT'],
  [/\.(diff|diff_b|w_norm|b_norm)$/, 'a file of whole differences (diff)'],
  [/\.[ab][12]\.weight$/, 'GLoRA'],
  [/\.lora_(B|up)\.bias$/, 'LoRA with biases'],
]

/** The name of an adapter's kind that is not supported, and a tensor that shows it; undefined for a plain LoRA. */
export function otherKind(names: Iterable<string>): { kind: string; name: string } | undefined {
  for (const name of names) {
    const [, kind] = kinds.find(([pattern]) => pattern.test(name)) ?? []
    if (kind) return { kind, name }
  }
  return undefined
}

/** Layers that only one family of models has. */
const families: readonly (readonly [RegExp, string])[] = [
  [/double_blocks|single_blocks|single_transformer_blocks/, 'Flux'],
  [/joint_blocks|transformer_blocks[._]\d+[._]attn[._]add_/, 'SD 3'],
  [/(^|[._])blocks[._]\d+[._](self|cross)_attn/, 'Wan'],
  [/^lora_prior_|^prior\./, 'a prior, as Stable Cascade and Kandinsky have'],
]

/** What the names and shapes of a LoRA's tensors say that it was made for. */
export function madeFor(tensors: Tensors): string {
  const names = [...tensors.keys()]
  for (const [pattern, family] of families) {
    if (names.some((name) => pattern.test(name))) return family
  }
  // Of a UNet's attention over the prompt, whose width tells the models of one kind apart.
  const key = names.find((name) => /attn2.*to_k.*(lora_down|lora_A|lora\.down)/.test(name))
  const width = key && tensors.get(key)?.shape[1]
  return (width && promptWidths[width]) || 'another model'
}

const promptWidths: Readonly<Record<number, string>> = {
  768: 'SD 1.5',
  1024: 'SD 2.x',
  1280: 'the SDXL refiner',
  2048: 'SDXL, but for other layers than this checkpoint has',
}
