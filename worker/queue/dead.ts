/** `dead`: what the queue gave up on, the newest first. */
import type { DeadLetter, Queue } from '#contract'
import { countOf, size, table } from './table.ts'

export interface DeadListing {
  readonly queue: string
  readonly total: number
  readonly letters: readonly (Omit<DeadLetter, 'raw'> & { readonly bytes: number })[]
}

export async function listDead(
  queue: Queue,
  { name, count }: { readonly name: string; readonly count: number },
): Promise<DeadListing> {
  const { dead: total } = await queue.depth()
  const from = Math.max(0, total - count)
  const letters = await queue.dead.list({ from, count: Math.min(total, count) })
  const shown = letters.toReversed().map(({ raw, ...letter }) => {
    return { ...letter, bytes: Buffer.byteLength(raw) }
  })
  return { queue: name, total, letters: shown }
}

export function deadText({ queue, total, letters }: DeadListing): string {
  const few = letters.length < total ? `, the newest ${letters.length}` : ''
  const rows = letters.map(({ name, id = '-', reason, attempts, stalls, at, bytes }) => [
    ...[name.slice(0, NAME_SHOWN), id, reason, `${attempts}`, `${stalls}`],
    ...[timeOf(at), size(bytes)],
  ])
  const names = ['name', 'id', 'reason', 'attempts', 'deaths', 'since', 'size']
  const head = `${queue}: ${countOf(total, 'dead letter')}${few}`
  return [head, ...(rows.length > 0 ? ['', ...table(names, rows)] : [])].join('\n')
}

/** Enough of a name to tell letters apart. */
const NAME_SHOWN = 10

/** `2026-07-01 12:00:00Z`. @param ms of the queue's own clock. */
export function timeOf(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return '-'
  return date.toISOString().replace('T', ' ').replace(/\.\d+/, '')
}
