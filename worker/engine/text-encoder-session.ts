/** A text encoder's session as the prompt code calls it. */
import { Failure } from '#contract'
import type { ClipTextConfig } from '#models/networks/clip-text.ts'
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'
import type { TextEncoder } from '#pipeline/prompt/text-encoder.ts'
import type { Session } from './session.ts'

export type TextEncoderSession = Session<'ids' | 'mask' | 'endOfText', 'hidden' | 'pooled'>

export function textEncoderOf(
  session: TextEncoderSession,
  config: ClipTextConfig,
  tokenizer: ClipTokenizer,
): TextEncoder {
  const { width, context, projection } = config
  return {
    tokenizer,
    width,
    context,
    async encode(ids, mask) {
      requireKnown(ids, config)
      const end = BigInt64Array.of(BigInt(endOfText(ids, config)))
      const { hidden, pooled } = await session.run({
        ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, context] },
        mask: { data: causalMask(context, mask), shape: [1, 1, context, context] },
        ...(projection > 0 && { endOfText: { data: end, shape: [1] } }),
      })
      return { hidden, pooled: projection > 0 ? pooled : undefined }
    },
  }
}

/** A tokenizer of another vocabulary than the text encoder's would read past the end of its table. */
function requireKnown(ids: readonly number[], { vocabulary }: ClipTextConfig): void {
  const highest = Math.max(...ids)
  if (highest < vocabulary) return
  throw new Failure(
    'checkpoint-invalid',
    `The tokenizer gives token ${highest}, and the text encoder knows ${vocabulary}: put the checkpoint's own tokenizer folders beside its text encoders.`,
  )
}

/** Where transformers pools: at the first highest id, or the first of one id, or at the start. */
function endOfText(ids: readonly number[], { endOfText }: ClipTextConfig): number {
  return Math.max(0, ids.indexOf(endOfText ?? Math.max(...ids)))
}

/** Added to the scores [context, context]: a token sees itself and those before it, unless masked. */
function causalMask(context: number, mask: readonly boolean[] | undefined): Float32Array {
  const bias = new Float32Array(context * context)
  for (let token = 0; token < context; token++) {
    for (let seen = 0; seen < context; seen++) {
      const isHidden = seen > token || mask?.[seen] === false
      if (isHidden) bias[token * context + seen] = Number.NEGATIVE_INFINITY
    }
  }
  return bias
}
