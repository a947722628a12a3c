/** The multipart form of `images.edit`: pictures under `image` or `image[]`, and everything else as text. */
import { z } from '@hono/zod-openapi'
import { Failure } from '#contract'
import { formIn, readBytes } from '../http/read-body.ts'
import { refusalOf } from '../http/wrong-fields.ts'
import { type OpenaiAsked, openaiFields } from './openai-request.ts'

export interface EditForm {
  readonly asked: OpenaiAsked
  readonly images: readonly File[]
}

const MOST_IMAGES = 10
const NUMBERS = new Set(['n', 'strength', 'seed', 'steps', 'guidance_scale'])
/** As their clients write an object within a form. */
const CONSENT = /^reference_consent\[(\w+)\]$/
const BOOLEANS = new Set(['stream', 'attested'])
const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false }

const picture = z.instanceof(File, {
  error: 'must be the file of a picture: curl -F image=@photo.jpg',
})
const editFields = z.looseObject({
  ...openaiFields,
  image: z
    .array(picture, 'must be a picture')
    .min(1, 'must be the file of a picture')
    .max(MOST_IMAGES, `must be at most ${MOST_IMAGES}`),
  mask: z.undefined('is not supported: the whole picture is changed. Leave it out').optional(),
})

/** Throws `request-invalid` naming every field. */
export function readEditForm(form: FormData): EditForm {
  const images: unknown[] = []
  const fields = new Map<string, unknown>()
  const consent = new Map<string, unknown>()
  for (const [key, value] of form.entries()) {
    const [, part] = CONSENT.exec(key) ?? []
    const name = part ?? key.replace(/\[\d*\]$/, '')
    const read = typeof value === 'string' ? readValue(name, value) : value
    if (part !== undefined) consent.set(part, read)
    else if (name === 'image') images.push(value)
    else fields.set(name, read)
  }
  if (consent.size > 0) fields.set('reference_consent', Object.fromEntries(consent))
  const result = editFields.safeParse({ ...Object.fromEntries(fields), image: images })
  if (!result.success) throw refusalOf(result.error.issues)
  const { image, mask: _, ...asked } = result.data
  return { asked, images: image }
}

/** A form knows texts alone. What is no number stays as it is, to be refused by its name. */
function readValue(name: string, text: string): unknown {
  if (text === '') return undefined
  if (NUMBERS.has(name) && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  return BOOLEANS.has(name) && Object.hasOwn(FLAGS, text) ? FLAGS[text] : text
}

/** Throws `media-type-unsupported`, `request-unreadable`. */
export async function formOf(request: {
  readonly header: (name: string) => string | undefined
  readonly arrayBuffer: () => Promise<ArrayBuffer>
}): Promise<FormData> {
  const type = request.header('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    const message = 'The body must be multipart/form-data, with the picture as image.'
    throw new Failure('media-type-unsupported', message)
  }
  return await formIn(await readBytes(request), type)
}
