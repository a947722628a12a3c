/** How long a job in line for our workers will take, from what they measured and how many stand before it. */
import { sizeOf } from '../requests/size-of.ts'
import { estimate } from '../routing/local-estimate.ts'
import type { LocalView } from '../routing/worker-view.ts'
import type { EstimateWait } from './watched-job.ts'

/** @param local what routing sees of our workers. */
export const estimateWait =
  (local: () => LocalView): EstimateWait =>
  ({ job, planned }, { ahead }) => {
    const { workers } = local()
    const able = workers.filter(
      ({ isLive, report }) => isLive && report?.modes.includes(planned.mode) === true,
    )
    const found = estimate({ waiting: ahead, workers }, planned, { size: sizeOf(job), able })
    return found && Math.max(1, Math.round(found.waitSeconds + found.serviceSeconds))
  }
