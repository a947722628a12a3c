/**
 * The lexical half of a hand-written grammar: what stands at a position of a text, white space
 * skipped.
 */

/** A rule's answer: what it read, and where it stopped. Undefined: the rule does not apply here. */
export type Parsed<T> = { readonly value: T; readonly end: number } | undefined

export type Rule<T> = (at: number) => Parsed<T>

export interface Scanner {
  /** What `pattern` (sticky) matches after any white space. */
  match(pattern: RegExp, at: number): Parsed<string>
  /** The position after `literal`, white space before it allowed. */
  after(literal: string, at: number): number | undefined
  /** Whether white space stands at the position. */
  atSpace(at: number): boolean
  /** Whether nothing but white space is left. */
  atEnd(at: number): boolean
  /** The rule, asked once for each position. */
  remembered<T>(rule: Rule<T>): Rule<T>
}

export function scanner(text: string): Scanner {
  const skip = (at: number): number => {
    let start = at
    while (start < text.length && ' \r\n'.includes(text.charAt(start))) start++
    return start
  }
  return {
    match(pattern, at) {
      pattern.lastIndex = skip(at)
      const value = pattern.exec(text)?.[0]
      return value === undefined ? undefined : { value, end: pattern.lastIndex }
    },
    after(literal, at) {
      const start = skip(at)
      return text.startsWith(literal, start) ? start + literal.length : undefined
    },
    atSpace: (at) => skip(at) > at,
    atEnd: (at) => skip(at) === text.length,
    remembered<T>(rule: Rule<T>): Rule<T> {
      const answers = new Map<number, Parsed<T>>()
      return (at) => {
        const start = skip(at)
        if (answers.has(start)) return answers.get(start)
        const answer = rule(start)
        answers.set(start, answer)
        return answer
      }
    },
  }
}

/** The rules in turn, the first that applies each time, until none does. */
export function repeated<T>(
  rules: readonly Rule<readonly T[]>[],
  at: number,
): { value: T[]; end: number } {
  const value: T[] = []
  let end = at
  for (;;) {
    const next = firstOf(rules, end)
    if (!next) return { value, end }
    value.push(...next.value)
    end = next.end
  }
}

/** Ordered choice. */
export function firstOf<T>(rules: readonly Rule<T>[], at: number): Parsed<T> {
  for (const rule of rules) {
    const answer = rule(at)
    if (answer) return answer
  }
  return undefined
}
