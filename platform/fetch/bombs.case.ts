/** The process of `bombs.test.ts`: downloads what its arguments name, and says how it went and what memory it took. */
import { createGuardedFetch } from './guarded-fetch.ts'

export interface BombsReport {
  readonly codes: readonly unknown[]
  /** Above what the process had once a small file was had, in bytes. */
  readonly grewBy: number
  readonly slowestMs: number
}

const [origin = '', ...paths] = process.argv.slice(2)
const guarded = createGuardedFetch({ privateOrigins: [origin], timeouts: { total: 800 } })
const codes: unknown[] = []
let slowestMs = 0

await guarded.download(`${origin}/small`)
const before = process.resourceUsage().maxRSS
for (const path of paths) {
  // Else the garbage of one would be counted with the next.
  globalThis.gc?.()
  const since = performance.now()
  codes.push(await guarded.download(origin + path).catch((error) => error.code))
  slowestMs = Math.max(slowestMs, performance.now() - since)
}
// Linux counts the peak in KiB.
const grewBy = (process.resourceUsage().maxRSS - before) * 1024
const report: BombsReport = { codes, grewBy, slowestMs }
process.send?.(report)
process.disconnect?.()
