/** What all workers of the queue together have to do, for who decides how many there should be. */
import { type Depth, type Queue, readHealthReport, type WorkerStateName } from '#contract'
import { answerWithin } from './answer-within.ts'

export interface Fleet {
  /** Engines by what they say of themselves at their last beat. */
  readonly engines: Readonly<Record<WorkerStateName, number>>
  /**
   * Seconds of engine time that all jobs will take which wait or are held and not drawn, by what such took before; undefined
   * where some wait and none was drawn yet.
   */
  readonly workSeconds: number | undefined
}

export type FleetSource = Pick<Queue, 'workers'>

const PATIENCE_MS = 1_000

/** Undefined where there is no answer within a second. */
export function createFleetProbe(
  queue: FleetSource,
): (depth: Depth | undefined) => Promise<Fleet | undefined> {
  let asked: ReturnType<Queue['workers']> | undefined
  return async (depth) => {
    if (!depth) return undefined
    asked ??= queue.workers().finally(() => {
      asked = undefined
    })
    const workers = await answerWithin(asked, PATIENCE_MS)
    if (!workers) return undefined
    const engines = { idle: 0, busy: 0, degraded: 0, draining: 0 }
    let held = 0
    const times: number[] = []
    for (const { health } of workers) {
      const report = readHealthReport(health)
      if (!report) continue
      engines[report.state]++
      held += report.heldSeconds
      times.push(...report.service.map(({ seconds }) => seconds))
    }
    const waiting = depth.waiting + depth.priority
    if (waiting === 0) return { engines, workSeconds: held }
    if (times.length === 0) return { engines, workSeconds: undefined }
    const mean = times.reduce((sum, seconds) => sum + seconds, 0) / times.length
    return { engines, workSeconds: held + mean * waiting }
  }
}
