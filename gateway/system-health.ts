/**
 * Tells the readers of today whether pictures can be drawn: in `public.system_config`, where they look. Only the two
 * entries are written, and atomically, for others write beside them.
 */
import type { Sql } from './database/database.ts'
import type { RoutingView } from './routing/routing-view.ts'

export interface SystemHealthParts {
  readonly sql: Sql
  readonly view: () => RoutingView
  /** Where pictures are asked for: readers count a worker without a URL as none. */
  readonly url: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Every so many milliseconds: readers count what is older than 120 s as unhealthy. */
export const SYSTEM_HEALTH_MS = 30_000

/** Throws `database-unavailable`, and what a database says that has no such table. */
export async function writeSystemHealth(parts: SystemHealthParts): Promise<void> {
  const { sql, view, url, now = Date.now } = parts
  const { local } = view()
  const isHealthy = local.isUp && local.live > 0
  const entry = {
    isHealthy,
    lastChecked: new Date(now()).toISOString(),
    responseTimeMs: null,
    healthError: isHealthy ? null : 'no worker takes jobs',
    workerUrl: isHealthy ? url : null,
  }
  // What both read is one thing: today's page takes the first for the second.
  await sql.query(MERGE, [JSON.stringify({ wanWorker: entry, sdxlWorker: entry })])
}

const MERGE = `
  update public.system_config set config = jsonb_set(
    coalesce(config, '{}'::jsonb), '{workerHealthCache}',
    coalesce(config -> 'workerHealthCache', '{}'::jsonb) || $1::jsonb)
  where id = 1`
