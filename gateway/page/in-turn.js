/** Work that is done a few at a time, in the order in which it came. */

/**
 * @param {number} places
 * @returns {<T>(work: () => Promise<T>) => Promise<T>}
 */
export function inTurn(places) {
  /** @type {(() => void)[]} */
  const waiting = []
  let free = places
  return async (work) => {
    if (free > 0) free--
    else await new Promise((resolve) => waiting.push(() => resolve(undefined)))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
