/** What is written and not sent yet: a reload, a crash or an expired key takes none of it. */
import { freshWish } from './wish.js'

const NAME = 'i2i.draft'

/** @typedef {import('./wish.js').Wish} Wish */

/** @typedef {{ readonly wish: Wish, readonly references: readonly string[] }} Draft */

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
    return { wish: wishFrom(kept.wish), references: textsOf(kept.references) }
  } catch {
    return { wish: freshWish, references: [] }
  }
}

/**
 * What a job keeps of the form that it was sent from.
 *
 * @param {Pick<import('./answers.ts').Job, 'metadata' | 'prompt'>} job
 * @returns {Draft}
 */
export function draftOf({ metadata, prompt }) {
  const page = recordOf(metadata.page)
  return {
    wish: wishFrom({ prompt, ...recordOf(page.wish) }),
    references: textsOf(page.references),
  }
}

/**
 * As much of it as has the kind that it should have: another version may have written it.
 *
 * @param {unknown} given
 * @returns {Wish}
 */
export function wishFrom(given) {
  const found = recordOf(given)
  const fields = Object.entries(freshWish).map(([name, fresh]) => {
    const value = found[name]
    return [name, typeof value === typeof fresh ? value : fresh]
  })
  return Object.fromEntries(fields)
}

/**
 * @param {unknown} value
 * @returns {Readonly<Record<string, unknown>>}
 */
const recordOf = (value) => (typeof value === 'object' && value !== null ? { ...value } : {})

/**
 * @param {unknown} value
 * @returns {readonly string[]}
 */
const textsOf = (value) =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
