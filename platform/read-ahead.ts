/**
 * A value that is asked for often and read now and then. Some time before it is too old it is read anew, and the one at
 * hand is given out meanwhile: else all who come while it is read would wait, which at a thousand requests a second is
 * one in a hundred of them.
 */

export interface ReadAheadOptions {
  /** How old a value may be before it is read anew, in ms. */
  readonly freshMs: number
  /** How old a value that is given out may be, in ms from when its reading began. Beyond it a reading is waited for. */
  readonly goodMs: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** @returns what `read` gave; throws what it threw where no value is good. One reading at a time. */
export function readAhead<Value>(
  read: () => Promise<Value>,
  { freshMs, goodMs, now = Date.now }: ReadAheadOptions,
): () => Promise<Value> {
  let known: { readonly value: Value; readonly at: number } | undefined
  let reading: Promise<Value> | undefined
  const readAnew = async () => {
    const at = now()
    const value = await read()
    known = { value, at }
    return value
  }
  return async () => {
    const age = known ? ageOf(known.at, now()) : Number.POSITIVE_INFINITY
    if (known && age < freshMs) return known.value
    reading ??= readAnew().finally(() => {
      reading = undefined
    })
    if (!known || age >= goodMs) return await reading
    // Who comes when it is good no more hears of it.
    reading.catch(() => {})
    return known.value
  }
}

/** A clock that was put back says nothing of how old a value is. */
const ageOf = (at: number, now: number): number => (now < at ? Number.POSITIVE_INFINITY : now - at)
