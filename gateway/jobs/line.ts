/** How many jobs stand before a new one: counted now and then, since counting for each would cost more than the job. */
import type { Sql } from '../database/database.ts'

export interface Line {
  /** The place of a job that has just been accepted for our workers, from 1. */
  readonly join: () => Promise<number>
}

const FRESH_MS = 500

export function createLine(sql: Sql, now: () => number = Date.now): Line {
  let counted: number | undefined
  let countedAt = Number.NEGATIVE_INFINITY
  let joined = 0
  let counting: Promise<void> | undefined
  const count = async () => {
    const [row] = await sql.query<{ n: number }>(COUNT)
    counted = row?.n ?? 0
    joined = 0
    countedAt = now()
  }
  return {
    async join() {
      const isFirst = counted === undefined
      if (now() - countedAt > FRESH_MS) {
        counting ??= count().finally(() => {
          counting = undefined
        })
      }
      // The first count has the new job in it already. Later ones are not waited for, and any may fail.
      if (isFirst) {
        await counting?.catch(() => {})
        return Math.max(1, counted ?? 1)
      }
      counting?.catch(() => {})
      joined++
      return (counted ?? 0) + joined
    },
  }
}

const COUNT = `
  select ((select count(*) from i2i.attempts where provider = 'local-sdxl' and state = 'waiting')
    + (select count(*) from i2i.attempts where provider = 'local-sdxl' and state in ('sent', 'running')))::int as n`
