import { describe, expect, it } from 'vitest'
import { databasesHere } from './database/test-database.case.ts'
import type { RoutingView } from './routing/routing-view.ts'
import { writeSystemHealth } from './system-health.ts'

const viewOf = (live: number) => (): RoutingView => ({
  at: '2026-01-01T00:00:00.000Z',
  order: ['local-sdxl'],
  providers: [],
  local: {
    ...{ breaker: 'closed', restSeconds: 0, isUp: live > 0, since: '2026-01-01T00:00:00.000Z' },
    ...{ isOverloaded: false, live, waiting: 0, mostWaiting: 1, waitSeconds: 0 },
    ...{ contentModes: ['sfw'], workers: [] },
  },
})
const url = 'https://gateway.example'
const now = () => Date.UTC(2026, 0, 1)

describe.for(databasesHere)('on $kind', ({ open }) => {
  it('tells whether somebody draws, and touches nothing else that is written there', async () => {
    await using database = await open()
    await database.script(
      `create table public.system_config (id int primary key, config jsonb);
       insert into public.system_config values (1, '{"workerUrl": "w", "workerHealthCache": {"chatWorker": {"isHealthy": true}, "wanWorker": {"old": 1}}}')`,
    )
    const read = async () => {
      const [row] = await database.query<{ config: unknown }>(
        'select config from public.system_config',
      )
      return row?.config
    }
    await writeSystemHealth({ sql: database, view: viewOf(1), url, now })
    const healthy = {
      ...{ isHealthy: true, lastChecked: '2026-01-01T00:00:00.000Z', responseTimeMs: null },
      ...{ healthError: null, workerUrl: url },
    }
    expect(await read()).toEqual({
      workerUrl: 'w',
      workerHealthCache: {
        chatWorker: { isHealthy: true },
        wanWorker: healthy,
        sdxlWorker: healthy,
      },
    })

    // Whole documents are written by others at the same time; no entry of ours makes theirs old.
    const others = Array.from({ length: 20 }, (_, i) =>
      database.query(
        `update public.system_config set config = config || jsonb_build_object('k' || $1::text, 1)`,
        [`${i}`],
      ),
    )
    const ours = Array.from({ length: 20 }, () =>
      writeSystemHealth({ sql: database, view: viewOf(0), url, now }),
    )
    await Promise.all([...others, ...ours])
    const after = await read()
    expect(Object.keys(after ?? {})).toHaveLength(22)
    expect(after).toMatchObject({
      workerHealthCache: { sdxlWorker: { isHealthy: false, workerUrl: null } },
    })
  })
})
