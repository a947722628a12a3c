/** The life of requests in fal.ai's stand-in: they start, end or are given up, as was ordered. */
import { randomUUID } from 'node:crypto'
import { type Ended, type Ending, endedBy } from './stub-endings.case.ts'
import type { Fault } from './stub-faults.case.ts'

/** How one request goes. What is left out goes well. */
export interface Plan {
  /** What the submission is answered with. */
  readonly submit?: Fault
  /** Which addresses the answer names: of another host, none, or its own that are not as documented. */
  readonly addresses?: 'foreign' | 'none' | 'unusual'
  readonly end?: Ending
  /** When its webhook comes, or how often. */
  readonly webhook?: 'once' | 'twice' | 'late' | 'never' | 'before-answer'
  /** In place of what the app makes. */
  readonly output?: unknown
}

export interface StubRequest {
  readonly id: string
  readonly app: string
  readonly input: Readonly<Record<string, unknown>>
  readonly webhook: string | undefined
  /** Milliseconds until it must have started. */
  readonly timeoutMs: number | undefined
  status: 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED'
  ended: Ended | undefined
}

export type Submission = Pick<StubRequest, 'app' | 'input' | 'webhook' | 'timeoutMs'>

export interface Requests {
  readonly byId: Map<string, StubRequest>
  readonly create: (submission: Submission) => StubRequest
  /** Sets it going. @returns once it is over and its webhook was told. */
  readonly run: (request: StubRequest, plan: Plan) => Promise<void>
  readonly cancel: (request: StubRequest) => void
  readonly stop: () => void
}

interface Parts {
  readonly origin: string
  readonly queuedMs: number
  readonly runMs: number
  readonly ended: (request: StubRequest, plan: Plan) => Promise<void>
}

export function createRequests({ origin, queuedMs, runMs, ended }: Parts): Requests {
  const byId: Requests['byId'] = new Map()
  const running = new Map<string, { readonly plan: Plan; readonly isOver: () => void }>()
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, what: () => void) => timers.add(setTimeout(what, ms))

  const end = (request: StubRequest, ending: Ending) => {
    if (request.status === 'COMPLETED') return
    const run = running.get(request.id)
    const { output } = run?.plan ?? {}
    request.status = 'COMPLETED'
    request.ended =
      output === undefined ? endedBy(ending, { ...request, origin }) : { result: { json: output } }
    void ended(request, run?.plan ?? {}).finally(run?.isOver)
  }
  const start = (request: StubRequest) => {
    if (request.status === 'IN_QUEUE') request.status = 'IN_PROGRESS'
  }
  return {
    byId,
    cancel: (request) => end(request, 'cancelled'),
    create(submission) {
      const request: StubRequest = {
        ...submission,
        id: randomUUID(),
        status: 'IN_QUEUE',
        ended: undefined,
      }
      byId.set(request.id, request)
      return request
    },
    run(request, plan) {
      const { end: ending = 'done' } = plan
      const over = new Promise<void>((isOver) => running.set(request.id, { plan, isOver }))
      const { timeoutMs } = request
      if (timeoutMs !== undefined) {
        later(timeoutMs, () => request.status === 'IN_QUEUE' && end(request, 'out-of-time'))
      }
      if (ending === 'stuck') return over
      later(queuedMs, () => start(request))
      if (ending !== 'endless') later(queuedMs + runMs, () => end(request, ending))
      return over
    },
    stop: () => timers.forEach(clearTimeout),
  }
}
