/** Reads the config.json of a Qwen 2.5 folder. */
import { z } from 'zod'
import { Failure } from '#contract'
import type { Qwen2Config } from '#models/networks/qwen2.ts'
import { parseFields } from './json-file.ts'

/**
 * Of transformers' Qwen2ForCausalLM; `json` as found at `path`.
 * Throws Failure('checkpoint-invalid') for malformed fields, Failure('checkpoint-unsupported') for another network.
 */
export function qwen2Config(json: unknown, path: string): Qwen2Config {
  const { model_type: type } = parseFields(kindFields, json, path)
  if (type !== 'qwen2') {
    throw new Failure(
      'checkpoint-unsupported',
      `${path} is of a model of type ${JSON.stringify(type)}, not qwen2: name the folder of a Qwen 2.5.`,
    )
  }
  const fields = parseFields(qwen2Fields, json, path)
  const { num_attention_heads: heads, num_key_value_heads: kvHeads, hidden_size: width } = fields
  const headWidth = fields.head_dim ?? width / heads
  const rotary = fields.rope_parameters ?? fields.rope_scaling ?? {}
  const scaling = rotary.rope_type ?? rotary.type ?? 'default'
  const demands: readonly (readonly [boolean, string])[] = [
    [fields.hidden_act === 'silu', `hidden_act ${fields.hidden_act}`],
    [scaling === 'default', `rotary embedding scaled by ${scaling}`],
    [!fields.use_sliding_window, 'a sliding window'],
    [headWidth % 2 === 0, `heads ${headWidth} wide`],
    [heads % kvHeads === 0, `${heads} heads that share ${kvHeads} of keys and values`],
    [heads * headWidth === width, `heads that are not ${width} wide together`],
  ]
  const broken = demands.find(([holds]) => !holds)
  if (broken) {
    throw new Failure(
      'checkpoint-unsupported',
      `${path}: a network with ${broken[1]} is not Qwen 2.5's and cannot be run: name the folder of a Qwen 2.5.`,
    )
  }
  return {
    vocabulary: fields.vocab_size,
    width,
    hidden: fields.intermediate_size,
    layers: fields.num_hidden_layers,
    heads,
    kvHeads,
    headWidth,
    theta: fields.rope_theta ?? rotary.rope_theta ?? 10_000,
    epsilon: fields.rms_norm_eps,
    tied: fields.tie_word_embeddings,
  }
}

const kindFields = z.object({ model_type: z.string().optional() })

const count = z.int().positive()

const rotaryFields = z
  .object({
    // transformers 5 has the base here; earlier ones call the type `type` or `rope_type`.
    rope_theta: z.number().positive().optional(),
    rope_type: z.string().optional(),
    type: z.string().optional(),
  })
  .nullish()

// What transformers would guess where a size is missing is some other model's.
const qwen2Fields = z.object({
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: count.nullish(),
  hidden_act: z.string().default('silu'),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().optional(),
  rope_parameters: rotaryFields,
  rope_scaling: rotaryFields,
  use_sliding_window: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
})
