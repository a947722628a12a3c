/** What was found in one part, and how the part ended. */
import type { MemoryUse } from './gpu-memory.ts'
import type { Row } from './part-task.ts'

export interface PartReport {
  readonly part: string
  /** `done`, or why it is not. */
  readonly ended: string
  readonly seconds: number
  readonly gpuMb: MemoryUse
  readonly rows: readonly Row[]
}

/** The row of that name; undefined where the part did not come so far, or the row says that it failed. */
export function rowOf(reports: readonly PartReport[], part: string, what: string): Row | undefined {
  const rows = reports.find((report) => report.part === part)?.rows ?? []
  return rows.find((row) => row.what === what && row.failed === undefined)
}

export function numberOf(row: Row | undefined, field: string): number | undefined {
  const value = row?.[field]
  return typeof value === 'number' ? value : undefined
}
