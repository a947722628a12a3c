/** The name of a request: a short text that says where it is asked after, so that nothing else need be kept. */
import { z } from 'zod'
import { ownerAndApp, ownersAndApps } from './apps.ts'

/** Paths below the queue's root. */
export interface RequestPlaces {
  readonly result: string
  readonly status: string
  readonly cancel: string
}

/** Nothing that would mean something in a path. */
export const requestId = z.string().regex(/^[\w.-]{1,128}$/)

export const submittedSchema = z.object({
  request_id: requestId,
  response_url: z.string().nullish(),
  status_url: z.string().nullish(),
  cancel_url: z.string().nullish(),
})

export type Submitted = z.infer<typeof submittedSchema>

export interface RefParts {
  readonly root: URL
  /** That was submitted to. */
  readonly app: string
}

/** By the addresses that fal.ai gave where they are its queue's, else as they are documented. */
export function refOf(submitted: Submitted, { root, app }: RefParts): string {
  const result = below(root, submitted.response_url)
  const status = below(root, submitted.status_url)
  const cancel = below(root, submitted.cancel_url)
  if (result === undefined || status === undefined || cancel === undefined) {
    return pathOf(ownerAndApp(app), submitted.request_id)
  }
  const usual = placesAt(result)
  const isUsual = status === usual.status && cancel === usual.cancel
  return isUsual ? result : [result, status, cancel].join(' ')
}

/** Of an id alone, which is all that a webhook says, the places are all that it may be at. */
export function placesOf(ref: string): readonly RequestPlaces[] {
  const [result = '', status, cancel] = ref.split(' ')
  if (status !== undefined && cancel !== undefined) return [{ result, status, cancel }]
  if (result.includes('/')) return [placesAt(result)]
  return ownersAndApps.map((owner) => placesAt(pathOf(owner, result)))
}

function below(root: URL, address: string | null | undefined): string | undefined {
  if (!address || !URL.canParse(address)) return undefined
  const { href } = new URL(address)
  const path = href.startsWith(root.href) ? href.slice(root.href.length) : ''
  // Not what would lead elsewhere by itself, as `//host` does.
  return path !== '' && new URL(path, root).href === href ? path : undefined
}

const pathOf = (owner: string, id: string): string => `${owner}/requests/${id}`

const placesAt = (result: string): RequestPlaces => ({
  result,
  status: `${result}/status`,
  cancel: `${result}/cancel`,
})
