/** The id of a job in a payload, and an id for an element that was pushed without one. */
import { type Fields, find, isFields, own } from './fields.ts'
import { hostility } from './hostile.ts'
import { MOST_ELEMENT_BYTES, unwrap } from './unwrap.ts'

const ID = /^[A-Za-z0-9_.:-]{1,128}$/
export const idRule = 'must be 1 to 128 letters, digits and the signs _ . : -'

/** Ids name files and keys, so dots alone, which climb folders, are none. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value) && !/^\.+$/.test(value)
}

/** What stands where the id belongs, whether or not it will do; undefined where nothing does. */
export function idIn(payload: Fields): unknown {
  const canonical = own(payload, 'i2i')
  const found =
    (isFields(canonical) ? find(canonical, ['top'], ['id']) : undefined) ??
    find(payload, ['top'], ['id', 'job_id'])
  return Number.isSafeInteger(found?.value) ? String(found?.value) : found?.value
}

function isFromGateway(payload: Fields): boolean {
  const canonical = own(payload, 'i2i')
  return isFields(canonical) && own(canonical, 'source') === 'gateway'
}

export interface Identified {
  readonly id: string
  /** The element as it was; with `job_id` added, and unwrapped, where it had no id. */
  readonly normalised: string
  /** Of an element that our gateway pushed: it is the one to hear how the job ended. */
  readonly owner?: 'gateway'
}

/**
 * Whose job a raw element is. `newId` makes an id for an element that has none. Undefined where no id can be
 * read or given: it belongs to the dead letters. Never throws.
 */
export function identify(raw: string, newId: () => string): Identified | undefined {
  const unwrapped = unwrap(raw)
  if ('unreadable' in unwrapped) return undefined
  const id = idIn(unwrapped.payload)
  if (id !== undefined) {
    const isGateways = isFromGateway(unwrapped.payload)
    return isId(id) ? { id, normalised: raw, ...(isGateways && { owner: 'gateway' }) } : undefined
  }
  if (hostility(unwrapped.payload)) return undefined
  const made = newId()
  const normalised = JSON.stringify({ ...unwrapped.payload, job_id: made })
  return Buffer.byteLength(normalised) > MOST_ELEMENT_BYTES ? undefined : { id: made, normalised }
}
