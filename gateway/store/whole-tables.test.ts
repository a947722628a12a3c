import { expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import { createUsageBook } from '../callers/usage.ts'
import type { Database, Sql, Value } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { changedRows, placesOf } from '../events/watched-rows.ts'
import { cancelJob } from '../jobs/cancel.ts'
import { createClientCallbacks } from '../jobs/client-callbacks.ts'
import { watchDeadlines } from '../jobs/deadlines.ts'
import { dispatch } from '../jobs/dispatch.ts'
import { ANNA, callerNamed, cat, testGateway } from '../jobs/jobs.case.ts'
import { createLine } from '../jobs/line.ts'
import { purgeJob, sweepOld } from '../jobs/retention.ts'
import { settleLocal } from '../jobs/settle-local.ts'
import { watchLocal } from '../jobs/watch-local.ts'
import { createBook } from '../metrics/job-book.ts'
import { openSdapiJobs } from '../surfaces/open-sdapi-job.ts'
import { takeDown } from '../trust/takedown.ts'
import { attemptOfToken, attemptsDue, lookAgain, openAttempt } from './attempts.ts'
import { callbacksDue } from './client-callbacks.ts'
import { createFindJob, jobOf, jobsOf } from './find-jobs.ts'
import { attemptsToLetGo } from './remote-attempts.ts'
import { overrunning, runTimes, unansweredOverruns } from './run-times.ts'
import { statementsOn } from './written-statements.case.ts'

const JOBS = 3_000
const OPEN = 400
/** Rows that a statement may read and pass over: those that are open, once. */
const MOST_PASSED_OVER = OPEN

/** Those that grow with every job. */
const LARGE = ['jobs', 'attempts', 'charges', 'outputs', 'callbacks', 'idempotency_keys', 'uploads']

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Join Filter'?: number
  /** Absent where it was planned, and not run. */
  readonly 'Actual Loops'?: number
  readonly Plans?: readonly Plan[]
}

/** Where a person asks, seldom and at leisure: whether a new key's user has jobs in another tenant. */
const SELDOM = ['callers/key-records.ts']

const postgres = databasesHere.find(({ kind }) => kind === 'postgres')

it.skipIf(!postgres)(
  'no statement that is made again and again reads a table that grows, but by what it looks for',
  async () => {
    if (!postgres) return
    await using database = await postgres.open()
    const asked = new Map<string, readonly Value[]>()
    await doEverything(recording(database, asked))
    const statements = [...asked].filter(([text]) => /\bi2i\./.test(text))
    const unasked = statementsOn(LARGE).filter(
      ({ file, isIn }) => !SELDOM.includes(file) && !statements.some(([text]) => isIn(text)),
    )
    // These are planned as they are written, and all others must have been asked.
    const written = unasked.filter(({ isWhole }) => isWhole)
    expect(unasked.filter(({ isWhole }) => !isWhole)).toEqual([])
    await fill(database)
    const found = await database.transaction(async (sql) => {
      // Of a table as small as this the whole is the quickest. Without it the plan is that of a large one.
      await sql.query('set local enable_seqscan = off')
      const partial = new Set(
        (
          await sql.query<{ name: string }>(
            'select indexrelid::regclass::text as name from pg_index where indpred is not null',
          )
        ).map(({ name }) => name.replace('i2i.', '')),
      )
      const faults: string[] = []
      const judge = (text: string, plan: Plan | undefined) => {
        for (const node of nodesOf(plan)) {
          const fault = faultOf(node, partial)
          if (fault) faults.push(`${fault}: ${text.trim()}`)
        }
      }
      for (const [text, values] of statements) judge(text, await planOf(sql, text, values))
      await sql.query('set local plan_cache_mode = force_generic_plan')
      for (const { text } of written) judge(text, await genericPlanOf(sql, text))
      return faults
    })
    expect(found).toEqual([])
  },
)

/** As it ran, and what it did is undone. */
async function planOf(sql: Sql, text: string, values: readonly Value[]): Promise<Plan | undefined> {
  await sql.query('savepoint before')
  const [row] = await sql.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `explain (analyze, format json) ${text}`,
    values,
  )
  await sql.query('rollback to savepoint before')
  return row?.['QUERY PLAN'][0]?.Plan
}

/** For whatever values: it is not run. */
async function genericPlanOf(sql: Sql, text: string): Promise<Plan | undefined> {
  await sql.query(`prepare written as ${text}`)
  const count = new Set(text.match(/\$\d+/g)).size
  const values = Array<string>(count).fill('null').join(', ')
  const [row] = await sql.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `explain (format json) execute written${count > 0 ? `(${values})` : ''}`,
  )
  await sql.query('deallocate written')
  return row?.['QUERY PLAN'][0]?.Plan
}

const nodesOf = (plan: Plan | undefined): readonly Plan[] =>
  plan ? [plan, ...(plan.Plans ?? []).flatMap(nodesOf)] : []

/** A partial index is read whole on purpose: it holds what is to be done, and nothing else. */
function faultOf(node: Plan, partial: ReadonlySet<string>): string | undefined {
  const loops = node['Actual Loops'] ?? 0
  const pairs = (node['Rows Removed by Join Filter'] ?? 0) * loops
  if (pairs > MOST_PASSED_OVER) return `${pairs} pairs too many`
  const table = node['Relation Name'] ?? ''
  if (!LARGE.includes(table)) return undefined
  const index = node['Index Name']
  const isWhole =
    node['Node Type'] === 'Seq Scan' ||
    (index !== undefined && node['Index Cond'] === undefined && !partial.has(index))
  if (isWhole) return `the whole of ${table}`
  const passedOver = (node['Rows Removed by Filter'] ?? 0) * loops
  return passedOver > MOST_PASSED_OVER ? `${passedOver} rows too many of ${table}` : undefined
}

function recording(database: Database, asked: Map<string, readonly Value[]>): Database {
  const recorded = (sql: Sql): Sql => ({
    query(text, values = []) {
      asked.set(text, values)
      return sql.query(text, values)
    },
  })
  return {
    ...database,
    ...recorded(database),
    transaction: (work) => database.transaction((sql) => work(recorded(sql))),
  }
}

/** Every turn of every loop, and every request, once. */
async function doEverything(database: Database): Promise<void> {
  await using gateway = await testGateway(database)
  const { parts, queue, accept } = gateway
  const worker = queue.worker('w1')
  await worker.beat([], { state: 'idle' })
  const asking = { caller: ANNA, surface: 'v1', idempotencyKey: 'once' } as const
  const { row } = await accept({ ...cat, deadline_ms: 60_000 }, asking)
  await accept({ ...cat, deadline_ms: 60_000 }, asking)
  const wished = await accept(cat, { caller: callerNamed('bert'), surface: 'sdapi' })
  await createLine(database).join()
  await changedRows(database, [{ id: row.id, mark: '' }])
  await placesOf(database, [row.id])
  await dispatch(parts)
  await watchLocal(parts)
  await gateway.work(worker)
  await settleLocal(queue.settlements, parts)
  await cancelJob(wished.row.id, callerNamed('bert'), parts)
  await watchDeadlines(parts)
  const code = 'engine-hung'
  const limits = { runTimes: await runTimes(database), factor: 2, leastMs: 1, leftMs: 1 }
  await overrunning(database, { ...limits, except: code, count: 50 })
  await unansweredOverruns(database, { code, afterMs: 1, count: 50 })
  const due = { providers: ['replicate', 'fal-ai'], count: 10, leaseMs: 1_000 } as const
  await attemptsDue(database, due)
  await attemptsToLetGo(database, due)
  const log = createLog({ level: 'silent' })
  const callbacks = createClientCallbacks({ database, log, send: undefined, body: 'standard' })
  await callbacks.look()
  await callbacks.ended()
  await callbacksDue(database, { count: 20, leaseMs: 1_000, hosts: ['b.example'] })
  await lookAgain(database, row.attemptId, 1)
  await openAttempt(database, row.id)
  await attemptOfToken(database, 'hash')
  await jobOf(database, row.id, ANNA)
  for (const countsDays of [true, false]) {
    const usage = createUsageBook(database, { countsDays })
    await usage.of(ANNA)
    await usage.waiting(1_000)
  }
  await createFindJob(database)(row.id, ANNA)
  const [newest] = await jobsOf(database, ANNA, { limit: 20 })
  await jobsOf(database, ANNA, { limit: 20, after: newest?.id })
  await openSdapiJobs(database, ANNA)
  await createBook()(database)
  const path = `workspace-temp/anna/${row.id}/0.thumb.webp`
  const taking = { database, storage: gateway.storage, takenDown: queue.takenDown }
  await takeDown({ target: { path }, by: ANNA }, taking)
  await purgeJob(row.id, ANNA, parts)
  await sweepOld(parts)
}

/** Three months of three hundred callers, with a line before the workers. */
async function fill(database: Database): Promise<void> {
  const n = `generate_series(1, ${JOBS}) n`
  const isOpen = `n <= ${OPEN}`
  const id = `'job-' || n`
  const user = `'user' || n % 300`
  const at = `now() - n * interval '40 minutes'`
  const statements = `
    truncate i2i.jobs, i2i.outputs, i2i.idempotency_keys, i2i.uploads cascade;
    insert into i2i.jobs (id, tenant, user_id, status, mode, class, job, planned, surface, provider, attempt_id,
      won_attempt, result, created_at, deadline_at, finished_at, purged_at)
    select ${id}, 'test', ${user}, case when ${isOpen} then 'queued' when n % 10 = 0 then 'failed' else 'completed' end,
      'txt2img', 'txt2img 1024x1024', jsonb_build_object('asked', repeat('a cat ', 200)), '{"images": 1, "networkRuns": 25}',
      'v1', 'local-sdxl', 'attempt-' || n, case when ${isOpen} then null else 'attempt-' || n end,
      case when ${isOpen} or n % 10 = 0 then null else '{"assets": []}'::jsonb end, ${at}, ${at} + interval '60 days',
      case when ${isOpen} then null else ${at} end, case when n > ${JOBS / 3} then ${at} end from ${n};
    insert into i2i.attempts (id, job_id, n, provider, state, tenant, user_id, created_at, running_at, ended_at, cost_micros)
    select 'attempt-' || n, ${id}, 1, case when n % 20 = 0 then 'fal-ai' else 'local-sdxl' end,
      case when ${isOpen} then 'waiting' else 'won' end, 'test', ${user}, ${at}, ${at}, ${at},
      case when n % 20 = 0 then 4000 end from ${n};
    insert into i2i.charges (job_id, attempt_id, tenant, user_id, images, created_at)
    select ${id}, 'attempt-' || n, 'test', ${user}, 1, ${at} from ${n} where not ${isOpen};
    insert into i2i.outputs (path, job_id, tenant, user_id, sha256, created_at)
    select 'a/' || n, ${id}, 'test', ${user}, 'sha' || n, ${at} from ${n} where not ${isOpen};
    insert into i2i.callbacks (job_id, url, due_at, done_at)
    select ${id}, 'https://a.example/b', ${at}, ${at} from ${n} where not ${isOpen};
    update i2i.callbacks set done_at = null where job_id in (select ${id} from ${n} where n > ${JOBS / 2});
    insert into i2i.callbacks (job_id, url) select ${id}, 'https://b.example/b' from ${n} where n = 1;
    insert into i2i.idempotency_keys (tenant, user_id, key, fingerprint, job_id, created_at)
    select 'test', ${user}, n, 'f', ${id}, now() - n * interval '5 seconds' from ${n};
    insert into i2i.uploads (path, tenant, user_id, bytes, width, height, sha256, created_at)
    select 'user-library/a/' || n, 'test', ${user}, 1, 1, 1, 'sha' || n, ${at} from ${n};
    analyze`
  // Each has the time of one.
  for (const statement of statements.split(';')) await database.script(statement)
}
