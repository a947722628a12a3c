/** The gateway's memory: any Postgres by URL, or PGlite in a folder of its own. Both speak the same SQL. */

/** Values as both drivers take them: times as Date, JSON as text with a `::jsonb` beside it. */
export type Value = string | number | boolean | Date | null | readonly string[]

export interface Sql {
  /** `$1`, `$2`, … stand for `values`. The caller says what its rows are, and the SQL must make it true. */
  query<Row = Record<string, unknown>>(
    text: string,
    values?: readonly Value[],
  ): Promise<readonly Row[]>
}

export interface Database extends Sql, AsyncDisposable {
  readonly kind: 'postgres' | 'pglite'
  /** All of `work` or, where it throws, nothing. Throws `database-unavailable` where there is no answer. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  /** Statements without values, one after the other. */
  script(text: string): Promise<void>
}
