/** The list of suspensions as a person reads it: a line each under their names. */
import type { ListedSuspension } from '../trust/suspensions.ts'
import { inColumns } from './in-columns.ts'

const NAMES = ['user', 'since', 'until', 'state', 'strikes in a year']

/** `now` in milliseconds since 1970. */
export function suspensionsText(found: readonly ListedSuspension[], now: number): string {
  if (found.length === 0) return 'Nobody is suspended, and nobody was.'
  return inColumns([NAMES, ...found.map((each) => cellsOf(each, now))])
}

function cellsOf(
  { tenant, userId, since, until, liftedAt, strikes }: ListedSuspension,
  now: number,
): string[] {
  const over = until.getTime() <= now ? 'over' : 'suspended'
  return [
    tenant === 'default' ? userId : `${tenant}/${userId}`,
    minute(since),
    minute(until),
    liftedAt ? `lifted ${minute(liftedAt)}` : over,
    String(strikes),
  ]
}

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
