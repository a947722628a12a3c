/** The process of `bombs.test.ts`: downloads what its arguments name, and says how it went and what memory it took. */
import { createGuardedFetch } from './guarded-fetch.ts'

export interface BombsReport {
  readonly codes: readonly unknown[]
  /** Above what the process had once a small file was had, in bytes. */
  readonly grewBy: number
}

const [origin = '', ...paths] = process.argv.slice(2)
const privateOrigins = [origin]
const guarded = createGuardedFetch({ privateOrigins })
/** For what ends by its time alone: on a loaded machine the others would be late, too. */
const hasty = createGuardedFetch({ privateOrigins, timeouts: { total: 300 } })
const slow = ['/drip', '/silence']
const codes: unknown[] = []

await guarded.download(`${origin}/small`)
const before = process.resourceUsage().maxRSS
for (const path of paths) {
  // Else the garbage of one would be counted with the next.
  globalThis.gc?.()
  const { download } = slow.includes(path) ? hasty : guarded
  codes.push(await download(origin + path).catch((error) => error.code))
}
// Linux counts the peak in KiB.
const grewBy = (process.resourceUsage().maxRSS - before) * 1024
const report: BombsReport = { codes, grewBy }
process.send?.(report)
process.disconnect?.()
