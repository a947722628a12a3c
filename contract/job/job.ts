/** A job as every part of ours reads it, whatever its producer pushed; and the schema of its canonical JSON. */
import { z } from 'zod'
import { messageOf } from '../failure.ts'
import { type JobLora, jobLoras } from '../loras.ts'
import { type Asked, askedFields, type Mode, modes } from '../modes.ts'
import { bucketOfAspect, checkSize, type Size } from '../sizes.ts'
import { type Clearance, clearance } from './clearance.ts'
import { idRule, isId } from './identity.ts'

export const contentModes = ['sfw', 'nsfw'] as const
export type ContentMode = (typeof contentModes)[number]

/** How a reference of another aspect fills the size: cut off, with margins, or distorted. */
export const resizes = ['cover', 'contain', 'stretch'] as const
export type Resize = (typeof resizes)[number]

/** Where to fetch the reference: from anywhere, or from storage by bucket-relative path. */
export type Reference = { readonly url: string } | { readonly path: string }

/** In pixels exactly; in pixels as old producers said an aspect; or an aspect such as `16:9`. */
export type SizeWish = Size | { readonly resolution: Size } | { readonly aspectRatio: string }

/** A place to put one file without a key of ours. */
export interface Upload {
  /** Where the file is to lie in the end, relative to the bucket. */
  readonly path: string
  readonly url: string
  /** Where the URL puts it, bucket first, until whoever signed it publishes it; absent: at `path` at once. */
  readonly staged?: string | undefined
}

export interface Job {
  readonly id: string
  /** Who wrote it: our gateway, which vouches for it, or a producer that pushed straight to Redis. */
  readonly source: 'gateway' | 'foreign'
  readonly mode: Mode
  /** For `plan`: prompt, negative prompt, syntax, strengths, steps, seed, images and so on. */
  readonly asked: Asked
  readonly loras: readonly JobLora[]
  /** There in MODIFY and COPY, and only there. */
  readonly reference?: Reference | undefined
  /** For providers that take several; our own workers draw from `reference` alone. */
  readonly furtherReferences?: readonly Reference[] | undefined
  /** A maker's word for the reference, as `policy/reference/trusted-makers.ts` reads it. */
  readonly referenceSignature?: string | undefined
  /** Of the reference and the further ones, in their order: what our gateway found out about each. */
  readonly cleared?: readonly Clearance[] | undefined
  /** Absent: the bucket nearest the reference's own aspect. COPY has its reference's, whatever is here. */
  readonly size?: SizeWish | undefined
  readonly resize?: Resize | undefined
  readonly userId?: string | undefined
  /** As asked; what is granted may be less. */
  readonly contentMode: ContentMode
  /** Whether the prompt may still be enhanced: not in COPY, not if skipped, not if it already was. */
  readonly enhance: boolean
  /** Another wording of the enhancement for each; absent: the likeliest one, always the same. */
  readonly enhancementSeed?: number | undefined
  readonly callback?: { readonly url: string } | undefined
  readonly uploads?: readonly Upload[] | undefined
  /** In milliseconds since 1970, after which nobody wants the picture. */
  readonly deadlineAt?: number | undefined
  /** That a gateway wrote it, as `policy/vouch.ts` reads it. */
  readonly voucher?: string | undefined
  /** In milliseconds since 1970 by the clock of who pushed it; only to measure how long it waited. */
  readonly pushedAt?: number | undefined
  /** Of whoever gave it on, where it is traced: the W3C's Trace Context, in which the next part stands. */
  readonly traceparent?: string | undefined
  /** The producer's own, obeyed in nothing and given back in callbacks. */
  readonly metadata: Readonly<Record<string, unknown>>
}

const LONGEST_URL = 4096
const LONGEST_PATH = 1024

const oneOf = (names: readonly string[]) => `must be one of ${names.join(', ')}`
const identifier = z.custom<string>(isId, idRule)
const httpUrl = z.custom<string>(isHttpUrl, 'must be an http or https URL')
const path = z.custom<string>(isStoragePath, 'must be a path in storage')
const side = z.number('must be a number of pixels')
const whereabouts = z.union(
  [z.strictObject({ url: httpUrl }), z.strictObject({ path })],
  'must be an http or https URL, or a path in storage',
)

export const jobSchema: z.ZodType<Job> = z.strictObject({
  id: identifier,
  source: z.enum(['gateway', 'foreign'], 'must be gateway or foreign'),
  mode: z.enum(modes, oneOf(modes)),
  asked: askedFields.partial(),
  loras: jobLoras,
  reference: whereabouts.optional(),
  furtherReferences: z.array(whereabouts).max(9, 'must be at most 9').optional(),
  referenceSignature: z.string('must be a text').max(128, 'is too long').optional(),
  cleared: z.array(clearance).max(10, 'must be at most 10').optional(),
  size: z
    .union(
      [
        z.strictObject({ width: side, height: side }),
        z.strictObject({ resolution: z.strictObject({ width: side, height: side }) }),
        z.strictObject({ aspectRatio: z.string() }),
      ],
      'must be a width and a height, a resolution such as 1024x768, or an aspect ratio such as 16:9',
    )
    .superRefine((size, context) => {
      const message = problemOfSize(size)
      if (message) context.addIssue({ code: 'custom', message })
    })
    .optional(),
  resize: z.enum(resizes, oneOf(resizes)).optional(),
  userId: identifier.optional(),
  contentMode: z.enum(contentModes, oneOf(contentModes)),
  enhance: z.boolean('must be true or false'),
  enhancementSeed: z.int('must be a whole number').min(0, 'must not be below 0').optional(),
  callback: z.strictObject({ url: httpUrl }, 'must be {"url": "…"}').optional(),
  uploads: z
    .array(
      z.strictObject({ path, url: httpUrl, staged: path.optional() }),
      'must be a list of {"path", "url"}',
    )
    .max(12, 'must be at most 12, a picture and a thumbnail of each image')
    .optional(),
  deadlineAt: z.int('must be a whole number of milliseconds since 1970').optional(),
  voucher: z.string('must be a text').max(64, 'is too long').optional(),
  pushedAt: z.int('must be a whole number of milliseconds since 1970').optional(),
  traceparent: z
    .string('must be a text')
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, 'must be a traceparent of version 00')
    .optional(),
  metadata: z.custom<Job['metadata']>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  ),
})

function isHttpUrl(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > LONGEST_URL || !/^https?:\/\//i.test(value)) {
    return false
  }
  return URL.canParse(value)
}

/** Nothing that climbs out of a bucket, on any system. */
function isStoragePath(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > LONGEST_PATH || /[\p{Cc}\\]/u.test(value)) {
    return false
  }
  return value.split('/').every((segment) => segment !== '' && !/^\.+$/.test(segment))
}

/** The native side of the smallest networks, which may draw the smallest sizes: a worker asks again with its own. */
const LEAST_NATIVE = 64

function problemOfSize(size: SizeWish): string | undefined {
  try {
    if ('aspectRatio' in size) bucketOfAspect(size.aspectRatio)
    else {
      const { width, height } = 'resolution' in size ? size.resolution : size
      checkSize(width, height, LEAST_NATIVE)
    }
    return undefined
  } catch (error) {
    return `will not do. ${messageOf(error).replace(/\.$/, '')}`
  }
}
