/** Says what a file is that is no LoRA for the checkpoint at hand: of another kind, or for another model. */
import type { StoredTensor } from '../checkpoints/safetensors.ts'

type Tensors = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>

const isNotRun = 'which this engine does not run: name a plain LoRA'

/** What is not run, by the names of its tensors, and the rest of the sentence that says so. */
const kinds: readonly (readonly [RegExp, string, string])[] = [
  [/\.dora_scale$|lora_magnitude_vector/, 'DoRA', isNotRun],
  [/\.hada_t\d$/, 'LoHa with a middle factor (hada_t1)', isNotRun],
  [/\.lokr_t2$/, 'LoKr with a middle factor (lokr_t2)', isNotRun],
  [/\.(oft_|boft_)/, 'OFT', isNotRun],
  [/\.on_input$/, 'IA3', isNotRun],
  [/\.(diff_b|w_norm|b_norm)$/, 'a LoRA that changes biases or norms', isNotRun],
  [/\.[ab][12]\.weight$/, 'GLoRA', isNotRun],
  [/\.lora_(B|up)\.bias$/, 'LoRA with biases', isNotRun],
  [
    /^bundle_emb\./,
    'a LoRA with an embedding bundled in it',
    'a new word that this engine cannot read: get the LoRA without it',
  ],
  [
    /^(clip_[lg]|emb_params)$|^string_to_param/,
    'a textual inversion embedding',
    'which this engine does not read: name a LoRA',
  ],
  [/^(lora_controlnet$|control_model\.|controlnet_)/, 'a ControlNet', isNotRun],
  [/^(ip_adapter|image_proj)\./, 'an IP-Adapter', isNotRun],
  [
    /^(model\.diffusion_model|first_stage_model|conditioner)\./,
    'a whole checkpoint',
    'which is named with --checkpoint: a LoRA is wanted here',
  ],
]

/**
 * What a file is that is no LoRA of a kind that is run, with a tensor that shows it and the mend, as the rest of a
 * sentence that begins with the file's name.
 */
export function otherKind(names: Iterable<string>): string | undefined {
  for (const name of names) {
    const found = kinds.find(([pattern]) => pattern.test(name))
    if (!found) continue
    const [, kind, mend] = found
    return `is ${kind} (it has ${name}), ${mend}.`
  }
  return undefined
}

/** Layers that only one family of models has. */
const families: readonly (readonly [RegExp, string])[] = [
  [/double_blocks|single_blocks|single_transformer_blocks/, 'Flux'],
  [/transformer_blocks[._]\d+[._](img|txt)_mlp/, 'Qwen-Image'],
  [/(noise|context)_refiner|(^|[._])layers[._]\d+[._]attention[._]/, 'Z-Image or Lumina'],
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
