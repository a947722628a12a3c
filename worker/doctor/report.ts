/** What the doctor says: a line for each finding as it is found, and the sum of them. */
import type { Finding } from './finding.ts'

export interface NamedFinding extends Finding {
  readonly name: string
}

const STATUS_WIDTH = 9
const NAME_WIDTH = 16

export function lineOf({ status, name, found, mend }: NamedFinding): string {
  const line = `${status.padEnd(STATUS_WIDTH)}${name.padEnd(NAME_WIDTH)}${found}`
  const indent = ' '.repeat(STATUS_WIDTH + NAME_WIDTH)
  return mend === undefined ? line : `${line}\n${indent}→ ${mend}`
}

export function verdictOf(findings: readonly NamedFinding[]): string {
  const troubles = findings.filter(({ isInTheWay }) => isInTheWay).map(({ name }) => name)
  if (troubles.length === 0) return 'Nothing stands in the way of pictures.'
  const [things, stand] = troubles.length === 1 ? ['thing', 'stands'] : ['things', 'stand']
  return `${troubles.length} ${things} ${stand} in the way: ${troubles.join(', ')}.`
}

/** One object on one line. */
export function asJson(findings: readonly NamedFinding[]): string {
  return JSON.stringify({ ok: isWell(findings), findings })
}

export const isWell = (findings: readonly NamedFinding[]): boolean =>
  !findings.some(({ isInTheWay }) => isInTheWay)
