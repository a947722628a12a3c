/** Orders as providers get them, for their tests: a job with its plan, and references of plain pictures. */
import { type Asked, type Job, type Mode, plan } from '#contract'
import type { OfferedReference, Order } from './provider.ts'
import { picture } from './replicate/stub-picture.case.ts'

export interface OrderWish {
  readonly mode?: Mode
  readonly asked?: Asked
  readonly size?: Order['size']
  readonly job?: Partial<Job>
  readonly reference?: OfferedReference
  readonly furtherReferences?: readonly OfferedReference[]
}

/** MODIFY unless said otherwise. */
export function orderOf({
  mode = 'modify',
  asked = {},
  size,
  job,
  ...rest
}: OrderWish = {}): Order {
  const wishes = { prompt: 'a cat in the snow', ...asked }
  const reference = mode === 'txt2img' ? undefined : (rest.reference ?? referenceOf())
  return {
    job: {
      id: 'job-1',
      source: 'gateway',
      mode,
      asked: wishes,
      loras: [],
      contentMode: 'sfw',
      enhance: false,
      metadata: {},
      ...(reference && { reference: { path: 'u/reference.png' } }),
      ...job,
    },
    planned: plan(mode, wishes, 1234),
    size,
    reference,
    furtherReferences: rest.furtherReferences ?? [],
  }
}

export interface ReferenceWish {
  readonly url?: string
  readonly width?: number
  readonly height?: number
}

/** Without a URL nobody outside can fetch it. */
export function referenceOf({
  url,
  width = 1024,
  height = 1024,
}: ReferenceWish = {}): OfferedReference {
  return {
    publicUrl: async () => url,
    png: async (size) => picture(size?.width ?? width, size?.height ?? height),
  }
}
