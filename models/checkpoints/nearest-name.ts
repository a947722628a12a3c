/** Finds the name that a missing one was most likely meant as, for a message that helps. */

/**
 * The name of `names` at the least edit distance from `wanted`, among those of the same last component
 * (`weight`, `bias`) where there are any. Undefined where there are no names.
 */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const all = [...names]
  const ending = wanted.slice(wanted.lastIndexOf('.'))
  const alike = all.filter((name) => name.endsWith(ending))
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const name of alike.length > 0 ? alike : all) {
    if (Math.abs(name.length - wanted.length) >= least) continue
    const distance = editDistance(wanted, name)
    if (distance < least) {
      least = distance
      nearest = name
    }
  }
  return nearest
}

/**
 * Levenshtein's, one row of the table at a time; but exchanging a digit costs three, because the same layer of another block
 * is a tensor in its own right, and never what was meant.
 */
function editDistance(a: string, b: string): number {
  let row = Uint32Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = new Uint32Array(b.length + 1)
    next[0] = i
    for (let j = 1; j <= b.length; j++) {
      const [from, to] = [a.charCodeAt(i - 1), b.charCodeAt(j - 1)]
      const exchange = row[j - 1]! + (from === to ? 0 : isDigit(from) || isDigit(to) ? 3 : 1)
      next[j] = Math.min(exchange, row[j]! + 1, next[j - 1]! + 1)
    }
    row = next
  }
  return row[b.length]!
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
