/** Postgres by URL: a pool whose statements are prepared once a connection. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Database, Sql, Value } from './database.ts'
import { unavailable } from './unavailable.ts'

export interface PostgresOptions {
  readonly url: string
  /** Connections at most; 10 unless given. */
  readonly connections?: number
  /** Milliseconds for one statement, and for getting a connection. */
  readonly timeoutMs?: number
  /** Told of a connection that broke while nobody used it. */
  readonly onError?: (error: Error) => void
}

export function openPostgres(options: PostgresOptions): Database {
  const { url, connections = 10, timeoutMs = 10_000, onError = () => {} } = options
  const isShared = isBehindPooler(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: 'i2i-gateway',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs + 1_000,
    ...(!isShared && {
      statement_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
    }),
  })
  // Without listeners they would end the process: of the pool for connections that nobody uses, of each connection for
  // one that breaks between two statements of a transaction, whose next statement then says so.
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    kind: 'postgres',
    ...sqlOn(pool, isShared),
    async transaction(work) {
      const client = await pool.connect().catch((error) => {
        throw unavailable(error)
      })
      try {
        await client.query('begin')
        const result = await work(sqlOn(client, isShared))
        await client.query('commit')
        client.release()
        return result
      } catch (error) {
        // A connection that cannot be rolled back is not used again.
        const broken = await client.query('rollback').then(
          () => undefined,
          (cause: Error) => cause,
        )
        client.release(broken)
        throw unavailable(error)
      }
    },
    async script(text) {
      await pool.query(text).catch((error) => {
        throw unavailable(error)
      })
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

/**
 * A pooler that hands a connection on after each transaction knows no statements that were prepared on another, and
 * takes no settings of ours: Supabase's is at port 6543, others are marked as Prisma marks them, `?pgbouncer=true`.
 */
function isBehindPooler(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { port, searchParams } = new URL(url)
  return port === '6543' || searchParams.get('pgbouncer') === 'true'
}

function sqlOn(runner: Pick<pg.ClientBase, 'query'> | pg.Pool, isShared: boolean): Sql {
  return {
    async query<Row>(text: string, values: readonly Value[] = []) {
      try {
        const name = isShared ? {} : { name: nameOf(text) }
        const { rows } = await runner.query({ ...name, text, values: [...values] })
        return rows as Row[]
      } catch (error) {
        throw unavailable(error)
      }
    },
  }
}

const names = new Map<string, string>()

/** A statement is parsed and planned once a connection under its name. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24)
  names.set(text, name)
  return name
}
