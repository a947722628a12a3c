/** `list`: all that is in the queue and who works on it, the first of each kind. */
import {
  type Depth,
  type Glance,
  type HealthReport,
  type Lane,
  type Queue,
  readHealthReport,
} from '#contract'
import { type DescribedElement, describeElement } from './element.ts'
import { countOf, size, span, table } from './table.ts'

export interface Listing {
  readonly queue: string
  readonly depth: Depth
  readonly waiting: readonly Waiting[]
  readonly active: readonly Glance[]
  readonly delayed: readonly Glance[]
  readonly workers: readonly Worker[]
}

interface Waiting extends DescribedElement {
  readonly lane: Lane
  /** What is known of a job that was seen before. */
  readonly known?: Glance
}

interface Worker {
  readonly name: string
  /** What it said at its last beat; undefined before its first, and for what is not understood. */
  readonly health?: HealthReport
}

/** The priority lane comes first, as it does four times of five. */
export async function list(
  queue: Queue,
  { name, count }: { readonly name: string; readonly count: number },
): Promise<Listing> {
  const { byHand } = queue
  const from = 0
  const depth = await queue.depth()
  const hurried = await byHand.waiting({ from, count, lane: 'priority' })
  const others = await byHand.waiting({ from, count: count - hurried.length })
  const elements = [
    ...hurried.map((element) => ({ ...describeElement(element), lane: 'priority' as const })),
    ...others.map((element) => ({ ...describeElement(element), lane: 'queue' as const })),
  ]
  const ids = elements.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const glances = new Map((await byHand.glance(ids)).map((known) => [known?.id, known]))
  const workers = await queue.workers()
  return {
    queue: name,
    depth,
    waiting: elements.map((element) => {
      const known = element.id === undefined ? undefined : glances.get(element.id)
      return { ...element, ...(known && { known }) }
    }),
    active: await byHand.active(count),
    delayed: await byHand.delayed(count),
    workers: workers.slice(0, count).map(({ name, health: text }) => {
      const health = readHealthReport(text)
      return { name, ...(health && { health }) }
    }),
  }
}

export function listingText({ queue, depth, ...kinds }: Listing): string {
  const { waiting, active, delayed, workers } = kinds
  const all = depth.waiting + depth.priority
  const totals = [
    `${all} waiting`,
    ...(depth.priority > 0 ? [`${depth.priority} of them in the priority lane`] : []),
    `${depth.active} running`,
    `${depth.delayed} delayed`,
    `${countOf(depth.dead, 'dead letter')}`,
    `${countOf(depth.owedCallbacks, 'callback')} owed`,
  ]
  const parts = [
    [`${queue}: ${totals.join(', ')}`],
    section('waiting', waiting.length, all, () => waitingTable(waiting, depth)),
    section('running', active.length, depth.active, () => activeTable(active)),
    section('delayed', delayed.length, depth.delayed, () => delayedTable(delayed)),
    workers.length > 0 ? ['workers', ...workersTable(workers)] : ['no worker is alive'],
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function section(title: string, shown: number, all: number, rows: () => string[]): string[] {
  if (shown === 0) return []
  return [shown < all ? `${title}, the first ${shown} of ${all}` : title, ...rows()]
}

function waitingTable(waiting: readonly Waiting[], { headAgeMs }: Depth): string[] {
  const head = waiting.find(({ lane }) => lane === 'queue')
  const rows = waiting.map((element, i) => {
    const { id = '-', mode, lane, bytes, known } = element
    const age = ageOf(element) ?? (element === head && headAgeMs > 0 ? `≥ ${span(headAgeMs)}` : '-')
    const where = lane === 'priority' ? ['priority'] : []
    return [`${i + 1}`, id, mode, age, size(bytes), [...where, ...historyOf(known)].join(', ')]
  })
  return table(['', 'id', 'mode', 'age', 'size', ''], rows)
}

/** Since a worker first saw it, else since it was pushed, where it says when; undefined where nobody knows. */
function ageOf({ known, pushedAt }: Waiting): string | undefined {
  const pushed = pushedAt === undefined ? undefined : Math.max(0, Date.now() - pushedAt)
  const age = known?.sinceSeen ?? pushed
  return age === undefined ? undefined : span(age)
}

/** Why it waits though it was seen before. */
function historyOf(known: Glance | undefined): string[] {
  if (!known) return []
  const { status, attempts, stalls } = known
  if (status !== 'queued') return [`its job is ${status === 'active' ? 'running' : status}`]
  return [
    ...(attempts > 0 ? [countOf(attempts, 'failed attempt')] : []),
    ...(stalls > 0 ? [countOf(stalls, 'death')] : []),
  ]
}

function activeTable(active: readonly Glance[]): string[] {
  const rows = active.map(({ id, worker = '-', fence, attempts, stalls, ...rest }) => [
    ...[
      id,
      worker,
      `${fence}`,
      `${attempts}`,
      `${stalls}`,
      span(rest.sinceStart),
      leftOf(rest.left, 'lapsed'),
    ],
    rest.isCancelled ? 'told to stop' : '',
  ])
  const names = ['id', 'worker', 'fence', 'attempts', 'deaths', 'runs for', 'lease left', '']
  return table(names, rows)
}

function delayedTable(delayed: readonly Glance[]): string[] {
  const rows = delayed.map(({ id, attempts, stalls, left }) => {
    return [id, `${attempts}`, `${stalls}`, leftOf(left, 'now')]
  })
  return table(['id', 'attempts', 'deaths', 'due in'], rows)
}

/** What is over stays so until a sweep sees it. */
const leftOf = (left: number | undefined, over: string): string =>
  left !== undefined && left <= 0 ? over : span(left)

function workersTable(workers: readonly Worker[]): string[] {
  const rows = workers.map(({ name, health }) => {
    if (!health) return [name, '-']
    const { state, reason, inFlight, device = '-', gpu, checkpoint } = health
    const why = reason === undefined ? '' : ` (${reason})`
    const where = gpu === undefined ? device : `${device} ${gpu}`
    return [name, `${state}${why}`, `${inFlight}`, where, checkpoint]
  })
  return table(['name', 'state', 'jobs', 'device', 'checkpoint'], rows)
}
