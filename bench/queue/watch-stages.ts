/** Where a job's time goes in a daemon, taken at the seams: the queue, the engine and the storage are wrapped. */
import type { QueueWorker } from '#contract'
import type { Storage } from '#platform/storage/storage.ts'
import type { Workshop } from '#worker/daemon/workshop.ts'
import type { Stage } from './daemon-task.ts'

export interface WatchedStages {
  readonly worker: QueueWorker
  readonly workshop: Workshop
  readonly stages: {
    /** Forgets what was before. */
    readonly begin: () => void
    /** To be told of each job that has ended, whose pictures are published by then. */
    readonly ended: () => void
    readonly found: () => {
      readonly stagesMs: Partial<Record<Stage, number>>[]
      readonly jobMs: number[]
    }
  }
}

/** True for jobs that come one after another: of those that overlap the marks are mixed up. */
export function watchStages(worker: QueueWorker, workshop: Workshop): WatchedStages {
  let marks: { readonly stage: Stage; readonly at: number }[] = []
  let stagesMs: Partial<Record<Stage, number>>[] = []
  let jobMs: number[] = []
  const enter = (stage: Stage) => marks.push({ stage, at: performance.now() })

  const { storage, draw } = workshop
  return {
    worker: {
      ...worker,
      async take(options) {
        const claim = await worker.take(options)
        if (claim) {
          marks = []
          enter('preparing')
        }
        return claim
      },
      async finish(claim, outcome) {
        enter('finishing')
        const answer = await worker.finish(claim, outcome)
        enter('publishing')
        return answer
      },
    },
    workshop: {
      ...workshop,
      async draw(...order) {
        enter('drawing')
        const drawn = await draw(...order)
        enter('encoding')
        return drawn
      },
      storage: storage && {
        ...storage,
        async put(...file: Parameters<Storage['put']>) {
          // The first of a job's files.
          if (marks.at(-1)?.stage !== 'storing') enter('storing')
          await storage.put(...file)
        },
      },
    },
    stages: {
      begin() {
        stagesMs = []
        jobMs = []
      },
      ended() {
        const now = performance.now()
        const [first] = marks
        if (!first) return
        jobMs.push(now - first.at)
        const lengths = marks.map(({ stage, at }, i) => [stage, (marks[i + 1]?.at ?? now) - at])
        stagesMs.push(Object.fromEntries(lengths))
      },
      found: () => ({ stagesMs, jobMs }),
    },
  }
}
