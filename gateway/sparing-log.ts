/** A log for what is tried again and again: a service that is away is told of now and then, not at every try. */
import type { Log, LogFields } from '#platform/log.ts'

export interface SparingOptions {
  /** Milliseconds between two lines of the same; 10 s unless given. */
  readonly everyMs?: number
  readonly now?: () => number
}

/** Warnings alone are spared: those with the same event, code and job. The next that is written tells how many were. */
export function sparingLog(
  log: Log,
  { everyMs = 10_000, now = () => performance.now() }: SparingOptions = {},
): Log {
  const told = new Map<string, { readonly at: number; spared: number }>()
  const warn = (to: Log) => (event: string, fields?: LogFields) => {
    const key = `${event} ${codeOf(fields)} ${fields?.jobId ?? ''}`
    const before = told.get(key)
    if (before && now() - before.at < everyMs) {
      before.spared++
      return
    }
    if (told.size >= MOST) told.clear()
    told.set(key, { at: now(), spared: 0 })
    to.warn(event, before && before.spared > 0 ? { ...fields, count: before.spared } : fields)
  }
  const over = (to: Log): Log => ({
    info: to.info,
    warn: warn(to),
    error: to.error,
    with: (fields) => over(to.with(fields)),
  })
  return over(log)
}

const MOST = 1_000

function codeOf(fields: LogFields | undefined): string {
  const { error, code } = fields ?? {}
  if (code !== undefined) return code
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
