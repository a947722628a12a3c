/** What a caller says of the picture that it asks for and of who is shown in its reference: in the same words on every surface. */
import { z } from '@hono/zod-openapi'
import { contentModes } from '#contract'

const text = (most: number) =>
  z.string('must be a text').max(most, `must have at most ${most} characters`)

export const contentMode = z.enum(contentModes, `must be one of ${contentModes.join(', ')}`)

export const referenceSignature = text(128).openapi({
  description:
    'Of a maker that is trusted here: Ed25519, in base64, over "i2i made picture v1 " and the SHA-256 of the ' +
    'reference in hexadecimal. Counts in content mode nsfw.',
})

/** An act of the caller's own: nothing here is ever taken for granted, or filled in. */
export const referenceConsent = z
  .strictObject(
    {
      attested: z.literal(true, 'must be true'),
      statement: text(1_000).min(10, 'must say it in at least 10 characters'),
    },
    'must be an object with attested and statement',
  )
  .openapi({
    description:
      'That who is shown in the reference consents to this picture, and how that is known. It is recorded; it ' +
      'counts in content mode nsfw, of callers who were granted to say it.',
  })

/** For bodies in whose clients null is what was not asked. */
export const looseTrust = {
  reference_signature: referenceSignature.nullish(),
  reference_consent: referenceConsent.nullish(),
}

/** As a request of ours has it. */
export const trustOf = (asked: { readonly [K in keyof typeof looseTrust]?: unknown }) => ({
  reference_signature: asked.reference_signature ?? undefined,
  reference_consent: asked.reference_consent ?? undefined,
})
