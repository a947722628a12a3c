/** The life of predictions in Replicate's stand-in: they start, end or are given up, as was ordered. */
import { randomBytes } from 'node:crypto'
import type { Fault } from './stub-faults.case.ts'

/** How one prediction goes. What is left out goes well. */
export interface Plan {
  /** What the creation is answered with. */
  readonly create?: Fault
  readonly end?: Ending
  /** When its webhook comes, or how often. */
  readonly webhook?: 'once' | 'twice' | 'late' | 'never' | 'before-answer'
  /** Of the output in place of the list of files. */
  readonly output?: unknown
}

export type Ending =
  | 'succeeded'
  /** Failed: the safety checker saw something. */
  | 'filtered'
  | 'failed'
  /** Failed with E1001. */
  | 'out-of-memory'
  | 'canceled'
  /** Ended before it started. */
  | 'aborted'
  /** Succeeded, and what it made is deleted already. */
  | 'removed'
  /** Succeeded, and its files are not there. */
  | 'lost'
  /** Starts never. */
  | 'stuck'
  /** Runs for ever. */
  | 'endless'

export interface Prediction {
  readonly id: string
  readonly model: string
  readonly version: string
  readonly input: Readonly<Record<string, unknown>>
  readonly webhook: string | undefined
  readonly createdAt: number
  /** Milliseconds since 1970, by `Cancel-After`. */
  readonly deadline: number | undefined
  status: 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted'
  output: unknown
  error: string | null
  logs: string
  dataRemoved: boolean
  predictTime: number | undefined
  /** As the API shows it. */
  readonly shown: () => Record<string, unknown>
}

export type Creation = Pick<Prediction, 'model' | 'version' | 'input' | 'webhook' | 'deadline'>

export interface Predictions {
  readonly byId: Map<string, Prediction>
  readonly create: (creation: Creation) => Prediction
  /** Sets it going. @returns once it is over and its webhook was told. */
  readonly run: (prediction: Prediction, plan: Plan) => Promise<void>
  readonly cancel: (prediction: Prediction) => void
  readonly stop: () => void
}

interface Parts {
  readonly origin: string
  readonly queuedMs: number
  readonly runMs: number
  readonly ended: (prediction: Prediction, plan: Plan) => Promise<void>
}

const NSFW = 'NSFW content detected. Try running it again, or try a different prompt.'

export function createPredictions({ origin, queuedMs, runMs, ended }: Parts): Predictions {
  const byId: Predictions['byId'] = new Map()
  const running = new Map<string, { readonly plan: Plan; readonly isOver: () => void }>()
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, what: () => void) => timers.add(setTimeout(what, ms))

  const end = (prediction: Prediction, change: Partial<Prediction>) => {
    if (isOver(prediction)) return
    Object.assign(prediction, change)
    const run = running.get(prediction.id)
    void ended(prediction, run?.plan ?? {}).finally(run?.isOver)
  }
  const cancel = (prediction: Prediction) => {
    const isRunning = prediction.status === 'processing'
    end(prediction, isRunning ? { status: 'canceled', predictTime: 0.5 } : { status: 'aborted' })
  }
  return {
    byId,
    cancel,
    create(creation) {
      const id = randomBytes(13).toString('hex')
      const prediction: Prediction = {
        ...creation,
        id,
        createdAt: Date.now(),
        status: 'starting',
        output: null,
        error: null,
        logs: '',
        dataRemoved: false,
        predictTime: undefined,
        shown: () => shownOf(prediction, origin),
      }
      byId.set(id, prediction)
      return prediction
    },
    run(prediction, plan) {
      const ending = plan.end ?? 'succeeded'
      const { deadline, id } = prediction
      const over = new Promise<void>((isOver) => running.set(id, { plan, isOver }))
      if (deadline !== undefined) later(deadline - Date.now(), () => cancel(prediction))
      if (ending === 'aborted') later(queuedMs, () => cancel(prediction))
      else if (ending !== 'stuck') later(queuedMs, () => start(prediction))
      if (ending !== 'aborted' && ending !== 'stuck' && ending !== 'endless') {
        const change = () => changeAt(ending, { prediction, plan, origin })
        later(queuedMs + runMs, () => end(prediction, change()))
      }
      return over
    },
    stop: () => timers.forEach(clearTimeout),
  }
}

function start(prediction: Prediction): void {
  if (isOver(prediction)) return
  prediction.status = 'processing'
  prediction.logs = `Using seed: ${prediction.input.seed}\n 25%|██▌       | 5/20`
}

const isOver = ({ status }: Prediction): boolean => status !== 'starting' && status !== 'processing'

interface Course {
  readonly prediction: Prediction
  readonly plan: Plan
  readonly origin: string
}

function changeAt(ending: Ending, { prediction, plan, origin }: Course): Partial<Prediction> {
  const predictTime = 2.5
  if (ending === 'filtered') return { status: 'failed', error: NSFW, predictTime }
  if (ending === 'out-of-memory')
    return { status: 'failed', error: 'Out of memory (E1001)', predictTime }
  if (ending === 'failed')
    return { status: 'failed', error: "'NoneType' object has no attribute 'to'", predictTime }
  if (ending === 'canceled') return { status: 'canceled', predictTime }
  if (ending === 'removed') return { status: 'succeeded', predictTime, dataRemoved: true }
  const { num_outputs: count = 1 } = prediction.input
  const folder = ending === 'lost' ? 'gone' : prediction.id
  const output = Array.from(
    { length: Number(count) },
    (_, n) => `${origin}/delivery/${folder}/out-${n}.png`,
  )
  return { status: 'succeeded', predictTime, output: plan.output ?? output }
}

function shownOf(prediction: Prediction, origin: string): Record<string, unknown> {
  const { id, model, version, status, error, logs, dataRemoved, predictTime } = prediction
  const at = `${origin}/v1/predictions/${id}`
  return {
    id,
    model,
    version,
    input: dataRemoved ? {} : prediction.input,
    logs: dataRemoved ? '' : logs,
    output: prediction.output,
    error,
    status,
    source: 'api',
    data_removed: dataRemoved,
    created_at: new Date(prediction.createdAt).toISOString(),
    ...(prediction.deadline !== undefined && {
      deadline: new Date(prediction.deadline).toISOString(),
    }),
    metrics:
      predictTime === undefined ? {} : { predict_time: predictTime, total_time: predictTime + 1 },
    urls: { web: `https://replicate.com/p/${id}`, get: at, cancel: `${at}/cancel` },
  }
}
