/** What has to go on until a takedown is done: what could not be deleted, and what a Redis has forgotten. */
import type { Log } from '#platform/log.ts'
import { finishTakedown, type TakedownParts } from './takedown.ts'

export interface KeepParts extends TakedownParts {
  readonly log: Log
}

/** One turn. May be run by many gateways at once. */
export async function keepTakenDown(parts: KeepParts): Promise<void> {
  const { database, takenDown, log } = parts
  const open = await database.query<{ id: string }>(
    'select id from i2i.takedowns where done_at is null order by due_at limit 100',
  )
  for (const { id } of open) {
    await finishTakedown(id, parts).catch((error) => log.error('not taken down yet', { error }))
  }
  const [blocked] = await database.query<{ count: number }>(
    'select count(*)::int as count from i2i.blocked_pictures',
  )
  // Workers of another gateway's database may share the queue, so that it may hold more.
  if (!blocked || blocked.count <= (await takenDown.count())) return
  const all = await database.query<{ sha256: string }>('select sha256 from i2i.blocked_pictures')
  await takenDown.add(all.map(({ sha256 }) => sha256))
}
