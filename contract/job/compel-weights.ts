/** `compel_weights` of old payloads: weighted terms that belong after the prompt. */

const MOST_TERMS = 6

/**
 * `(soft light:1.2), grain` becomes `(soft light)1.2, grain`, as our `compel` syntax writes it. What was said
 * twice counts once, whatever its case, and no more than 6 count, as the worker before us had it.
 */
export function compelTerms(weights: string): string {
  const terms = weights.split(',').map((term) => term.trim())
  const seen = new Map<string, string>()
  for (const term of terms) {
    if (term !== '' && !seen.has(term.toLowerCase())) seen.set(term.toLowerCase(), term)
  }
  const kept = [...seen.values()].slice(0, MOST_TERMS)
  return kept.map((term) => term.replace(WEIGHTED, '($1)$2')).join(', ')
}

/** A number is read in one way alone: a stranger's may have a hundred thousand digits. */
const WEIGHTED = /^\((.+):\s*(\d+(?:\.\d+)?|\.\d+)\s*\)$/
