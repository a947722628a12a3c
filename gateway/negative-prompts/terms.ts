/** A negative prompt as the terms that it lists, each with the weight that was written on it. */

/** Parted by commas, but not within brackets: what has one weight is one term. Empty ones are none. */
export function termsOf(text: string): string[] {
  const terms: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]
    // A bracket after a backslash is a bracket in the picture.
    if (sign === '\\') i++
    else if (sign === '(' || sign === '[') depth++
    else if (sign === ')' || sign === ']') depth = Math.max(0, depth - 1)
    else if (sign === ',' && depth === 0) {
      terms.push(text.slice(start, i))
      start = i + 1
    }
  }
  terms.push(text.slice(start))
  return terms.map((term) => term.trim()).filter((term) => term !== '')
}

/** Each once, as it stands first: `(blurry)1.3` and `Blurry` are one term. */
export function withoutRepeats(terms: readonly string[]): string[] {
  const first = new Map<string, string>()
  for (const term of terms) {
    const bare = bareTerm(term)
    if (!first.has(bare)) first.set(bare, term)
  }
  return [...first.values()]
}

/** Without weights in either syntax: `(word)1.2`, `word++`, `(word:1.2)`, `((word))`, `[word]`. */
function bareTerm(term: string): string {
  const words = term
    .slice(0, endOfWords(term))
    .replace(/^[([\s]+/, '')
    .replace(/:\s*[\d.]+$/, '')
    .replace(/\s+/g, ' ')
    .trim()
  // Of what is nothing but signs, the signs are what there is.
  return (words === '' ? term : words).toLowerCase()
}

/** By hand, since an expression for it would try each of ten thousand signs as a start. */
function endOfWords(term: string): number {
  let end = term.length
  for (;;) {
    while (end > 0 && /[)\]+\-\s]/.test(term[end - 1] ?? '')) end--
    let start = end
    while (start > 0 && /[\d.]/.test(term[start - 1] ?? '')) start--
    const isWeight = start < end && /[)\]]/.test(term[start - 1] ?? '')
    if (!isWeight) return end
    end = start
  }
}
