/**
 * Appends a job's `compel_weights`, a comma list of `(term:1.2)`, to its prompt in compel's own
 * syntax.
 */

/** Producers were promised this many, and later ones were dropped. */
const MAX_TERMS = 6

/**
 * `prompt, (term)1.2, (other)0.8`. A term that was there before, in whatever case, and all after
 * the sixth are left out; an entry in another form is appended as it stands, so that `(term)1.2`
 * and `term++` work too.
 * Weights below 0 become 0: compel's syntax cannot write them.
 */
export function withCompelWeights(prompt: string, list: string): string {
  const terms = new Map<string, string>()
  for (const entry of entriesOf(list)) {
    const { term, written } = rewritten(entry)
    const key = term.toLowerCase()
    if (key !== '' && !terms.has(key) && terms.size < MAX_TERMS) terms.set(key, written)
  }
  const start = prompt.trim().replace(/[\s,]+$/, '')
  return terms.size === 0 ? prompt : [start, ...terms.values()].filter(Boolean).join(', ')
}

// Commas within brackets do not separate.
function entriesOf(list: string): string[] {
  return list.match(/(?:\([^()]*\)|[^,])+/g)?.map((entry) => entry.trim()) ?? []
}

function rewritten(entry: string): { term: string; written: string } {
  const [, text, number] =
    /^\(\s*([^()]*?)\s*:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)$/.exec(entry) ?? []
  if (text === undefined) return { term: entry, written: entry }
  // An equals sign or a quote would keep compel from reading the bracket at all.
  const term = text.replace(/[="\\\s]+/g, ' ').trim()
  const weight = Math.max(Number(number), 0)
  return { term, written: `(${term})${Number(weight.toFixed(4))}` }
}
