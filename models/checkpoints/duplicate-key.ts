/** Finds an object key that a JSON text has twice, which JSON.parse hides by keeping the last. */

/** The first key that some object of `json` repeats. `json` must be valid: it was parsed before. */
export function duplicateKey(json: string): string | undefined {
  // The keys of each open object; undefined for an open array.
  const open: (Set<string> | undefined)[] = []
  let expectsKey = false
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') {
      const end = closingQuote(json, at)
      if (expectsKey) {
        const key = String(JSON.parse(json.slice(at, end + 1)))
        const keys = open.at(-1)
        if (keys?.has(key)) return key
        keys?.add(key)
      }
      at = end
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined)
      expectsKey = character === '{'
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ',') {
      expectsKey = open.at(-1) !== undefined
    } else if (character === ':') {
      expectsKey = false
    }
  }
  return undefined
}

function closingQuote(json: string, opening: number): number {
  let at = opening + 1
  while (json[at] !== '"' && at < json.length) at += json[at] === '\\' ? 2 : 1
  return at
}
