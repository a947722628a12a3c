/** What the database says of jobs and what they cost, for scrapes: read no more often than is of use. */
import type { Sql } from '../database/database.ts'
import { type ProviderName, providerNames } from '../store/job-row.ts'
import type { Instruments } from './instruments.ts'

export interface Book {
  readonly jobs: readonly {
    readonly status: 'queued' | 'processing'
    readonly provider: ProviderName | null
    readonly count: number
  }[]
  readonly takedowns: number
  readonly costs: readonly { readonly provider: ProviderName; readonly dollars: number }[]
}

/** Reads the database no more often than is of use, however many scrape. */
export function createBook(): (sql: Sql) => Promise<Book | undefined> {
  let read: Promise<Book | undefined> | undefined
  let readAt = Number.NEGATIVE_INFINITY
  return (sql) => {
    const now = performance.now()
    if (read === undefined || now - readAt > FRESH_MS) {
      readAt = now
      read = readBook(sql).catch(() => undefined)
    }
    return read
  }
}

const FRESH_MS = 15_000

async function readBook(sql: Sql): Promise<Book> {
  const jobs = await sql.query<Book['jobs'][number]>(
    `select status, provider, count(*)::int as count from i2i.jobs
     where status in ('queued', 'processing') group by 1, 2`,
  )
  const costs = await sql.query<Book['costs'][number]>(
    `select provider, (sum(cost_micros) / 1e6)::float8 as dollars from i2i.attempts
     where cost_micros is not null group by 1`,
  )
  const [due] = await sql.query<{ count: number }>(
    'select count(*)::int as count from i2i.takedowns where done_at is null',
  )
  return { jobs, costs, takedowns: due?.count ?? 0 }
}

/** What is not known is not told, rather than what was known before. */
export function setBook(to: Instruments, book: Book | undefined): void {
  to.databaseUp.set(book ? 1 : 0)
  to.jobs.reset()
  to.cost.reset()
  to.takedowns.set(book?.takedowns ?? Number.NaN)
  if (!book) return
  for (const provider of providerNames) {
    for (const status of ['queued', 'processing']) to.jobs.set({ status, provider }, 0)
  }
  for (const { status, provider, count } of book.jobs) {
    to.jobs.set({ status, provider: provider ?? 'none' }, count)
  }
  for (const { provider, dollars } of book.costs) to.cost.set({ provider }, dollars)
}
