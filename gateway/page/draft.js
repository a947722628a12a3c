/** What is written and not sent yet: a reload, a crash or an expired key takes none of it. */
import { freshWish } from './wish.js'

const NAME = 'i2i.draft'

/** @typedef {import('./wish.js').Wish} Wish */

/** @typedef {{ readonly wish: Wish, readonly reference: string | undefined }} Draft */

/** @param {Draft} draft */
export function keepDraft(draft) {
  try {
    localStorage.setItem(NAME, JSON.stringify(draft))
  } catch {
    // A browser that keeps nothing still sends.
  }
}

/** @returns {Draft} */
export function keptDraft() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? '{}')
    const reference = typeof kept.reference === 'string' ? kept.reference : undefined
    return { wish: wishFrom(kept.wish), reference }
  } catch {
    return { wish: freshWish, reference: undefined }
  }
}

/**
 * As much of it as has the kind that it should have: another version may have written it.
 *
 * @param {any} given
 * @returns {Wish}
 */
export function wishFrom(given) {
  const fields = Object.entries(freshWish).map(([name, fresh]) => {
    const value = given?.[name]
    return [name, typeof value === typeof fresh ? value : fresh]
  })
  return Object.fromEntries(fields)
}
