/**
 * How much of the gateway a caller uses now. It is counted in the database at most once a second, and what was granted
 * since is added, so that a storm of requests neither gets by a limit nor counts a table each time. Several gateways,
 * each with a count of its own, may together let through as much more as each grants within that second, or within ten
 * while a caller is far from every limit (`limits.ts`).
 */
import { gather } from '#platform/gather.ts'
import type { Sql } from '../database/database.ts'
import type { Owner } from '../store/job-row.ts'

export interface Usage {
  /** Jobs that are not over. */
  readonly openJobs: number
  /** Images of those and, where days are counted, of what was finished since midnight UTC. */
  readonly images: number
}

export interface UsageBook {
  /**
   * Not older than `atMostMs`, and up to date with what is granted from here on: two that were counted together see
   * each other's grants. Throws `database-unavailable`.
   */
  readonly of: (owner: Owner, atMostMs?: number) => Promise<Usage>
  /** One more job of so many images. */
  readonly grant: (owner: Owner, images: number) => void
  /** Jobs that wait for our workers, counted now, and no further than `most`. */
  readonly waiting: (most: number) => Promise<number>
}

interface Counted {
  openJobs: number
  images: number
  readonly at: number
}

const FRESH_MS = 1_000
const MOST_OWNERS = 10_000
/** Callers that are counted for in one statement. */
const MOST_AT_ONCE = 64

export interface UsageOptions {
  /** Whether what was finished today counts. A caller's day may be millions of rows, which nobody needs to read in vain. */
  readonly countsDays: boolean
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export function createUsageBook(sql: Sql, { countsDays, now = Date.now }: UsageOptions): UsageBook {
  const counts = new Map<string, Counted>()
  const counting = new Map<string, Promise<Counted>>()

  const ask = gather(
    async (owners: readonly Owner[]) => {
      const at = now()
      const rows = await sql.query<Usage & { readonly place: number }>(COUNT, [
        owners.map(({ tenant }) => tenant),
        owners.map(({ userId }) => userId),
        midnightBefore(at),
        countsDays,
      ])
      const usage = new Map(rows.map((row) => [row.place, row]))
      return owners.map((_, i) => {
        const { openJobs = 0, images = 0 } = usage.get(i + 1) ?? {}
        return { openJobs, images, at }
      })
    },
    { most: MOST_AT_ONCE, lanes: 2 },
  )
  const count = async (owner: Owner): Promise<Counted> => {
    const counted = await ask(owner)
    if (counts.size >= MOST_OWNERS) counts.clear()
    counts.set(nameOf(owner), counted)
    return counted
  }
  return {
    async of(owner, atMostMs = FRESH_MS) {
      const name = nameOf(owner)
      const known = counts.get(name)
      if (known && now() - known.at <= atMostMs) return known
      const pending = counting.get(name) ?? count(owner).finally(() => counting.delete(name))
      counting.set(name, pending)
      return await pending
    },
    grant(owner, images) {
      const known = counts.get(nameOf(owner))
      if (!known) return
      known.openJobs++
      known.images += images
    },
    async waiting(most) {
      const [row] = await sql.query<{ n: number }>(WAITING, [most])
      return row?.n ?? 0
    },
  }
}

/** A user's name has no slash in it, so that no two owners share one. */
const nameOf = ({ tenant, userId }: Owner): string => `${tenant}/${userId}`

const midnightBefore = (at: number): Date => new Date(new Date(at).setUTCHours(0, 0, 0, 0))

/** The place of each caller in the lists, from 1, and what they use. */
const COUNT = `
  select owner.place::int as place, open.jobs as "openJobs", (open.images + charged.images)::int as images
  from unnest($1::text[], $2::text[]) with ordinality as owner (tenant, user_id, place)
    cross join lateral (
      select count(*)::int as jobs, coalesce(sum((planned ->> 'images')::int), 0) as images from i2i.jobs
      where tenant = owner.tenant and user_id = owner.user_id and status in ('queued', 'processing')
    ) open
    cross join lateral (
      select coalesce(sum(images), 0) as images from i2i.charges
      where $4::boolean and tenant = owner.tenant and user_id = owner.user_id and created_at >= $3::timestamptz
    ) charged`

const WAITING = `
  select count(*)::int as n from (
    select 1 from i2i.attempts where provider = 'local-sdxl' and state = 'waiting' limit $1
  ) some_of_them`
