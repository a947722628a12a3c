/** Reads an element's id and never throws: one that cannot be read must not end the worker that tries. */
import type { ReadId } from './queue.ts'

/** What may be part of a key, a path and a URL. */
const ID = /^[A-Za-z0-9_.:-]{1,128}$/

/** Undefined where nothing can be read, or where the id is not one. */
export function readElement(raw: string, idOf: ReadId): ReturnType<ReadId> {
  try {
    const read = idOf(raw)
    return read && ID.test(read.id) ? read : undefined
  } catch {
    return undefined
  }
}
