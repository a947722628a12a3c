/** A batch as this browser keeps it: a reload takes neither its list nor what is under way. */
import { freshName } from './api.js'
import { wishFrom } from './draft.js'

/** @typedef {import('./batch-item.js').Item} Item */
/** @typedef {{ readonly wish: import('./wish.js').Wish, readonly items: readonly Item[] }} KeptBatch */

const NAME = 'i2i.batch'

/**
 * @param {Partial<Item> & { readonly name: string }} known
 * @returns {Item}
 */
export const newItem = (known) => ({
  ...{ key: freshName(), path: undefined, jobId: undefined, fraction: 0 },
  ...{ job: undefined, face: undefined },
  ...{ status: 'waiting', words: 'On its way…' },
  ...known,
})

/** @param {KeptBatch} batch */
export function keepBatch({ wish, items }) {
  try {
    if (items.length === 0) localStorage.removeItem(NAME)
    // What its jobs are is asked anew; of a photo that was refused, why.
    else localStorage.setItem(NAME, JSON.stringify({ wish, items: items.map(kept) }))
  } catch {
    // A browser that keeps nothing still sends.
  }
}

/** @param {Item} item */
const kept = ({ job: _, face: __, ...item }) => item

/** @returns {KeptBatch} */
export function keptBatch() {
  try {
    const { wish, items = [] } = JSON.parse(localStorage.getItem(NAME) ?? '{}')
    return { wish: wishFrom(wish), items: items.map(recalled) }
  } catch {
    return { wish: wishFrom(undefined), items: [] }
  }
}

/**
 * Those that have a job are watched to its end, which may have come.
 *
 * @param {Item} item
 */
function recalled({ name, key, path, jobId, status, words }) {
  if (jobId !== undefined) return newItem({ name, key, path, jobId, status: 'queued', words: '' })
  const isRefused = status === 'failed' || status === 'cancelled'
  return newItem({ name, key, path, ...(isRefused && { status, words }) })
}
