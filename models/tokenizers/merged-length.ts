/** How many tokens byte-pair encoding leaves of a word, in a time that a word of any length bears. */

/** By the two symbols of a pair with a space between; the lower is merged first. */
export type MergeRanks = Pick<ReadonlyMap<string, number>, 'get'>

/**
 * How many symbols are left when the pair of the lowest rank is merged again and again, the leftmost first. The symbols
 * are a list whose links jump over what was merged away, and pairs wait in a heap: n log n in their number, where to look
 * through all of them for each merge takes a second for a word of ten thousand letters.
 */
export function mergedLength(given: readonly string[], ranks: MergeRanks): number {
  const symbols: (string | undefined)[] = [...given]
  const next = symbols.map((_, i) => i + 1)
  const previous = symbols.map((_, i) => i - 1)
  const waiting = new Heap()
  const offer = (at: number) => {
    const rank = rankAt(at)
    if (rank !== undefined) waiting.add(rank * MOST_SYMBOLS + at)
  }
  const rankAt = (at: number): number | undefined => {
    const [here, after] = [symbols[at], symbols[next[at] ?? -1]]
    return here === undefined || after === undefined ? undefined : ranks.get(`${here} ${after}`)
  }
  for (const at of symbols.keys()) offer(at)

  let length = symbols.length
  for (let key = waiting.take(); key !== undefined; key = waiting.take()) {
    const at = key % MOST_SYMBOLS
    // What waited may have been merged with another since.
    if (rankAt(at) !== Math.floor(key / MOST_SYMBOLS)) continue
    const gone = next[at] ?? 0
    symbols[at] = `${symbols[at]}${symbols[gone]}`
    symbols[gone] = undefined
    const after = next[gone] ?? 0
    next[at] = after
    if (after < symbols.length) previous[after] = at
    length--
    offer(at)
    offer(previous[at] ?? -1)
  }
  return length
}

/** More than a prompt has bytes; a key of rank and place stays an exact number. */
const MOST_SYMBOLS = 2 ** 20

/** Numbers, of which the smallest is taken first. */
class Heap {
  readonly #keys: number[] = []

  add(key: number): void {
    const keys = this.#keys
    let at = keys.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = keys[above] ?? 0
      if (parent <= key) break
      keys[at] = parent
      at = above
    }
    keys[at] = key
  }

  take(): number | undefined {
    const keys = this.#keys
    const [first] = keys
    const last = keys.pop()
    if (last === undefined || keys.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= keys.length) break
      if ((keys[below + 1] ?? Number.POSITIVE_INFINITY) < (keys[below] ?? 0)) below++
      const child = keys[below] ?? 0
      if (child >= last) break
      keys[at] = child
      at = below
    }
    keys[at] = last
    return first
  }
}
