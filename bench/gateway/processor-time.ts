/** The time that processes have had of processors: on a machine that others load it says more than the clock does. */
import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

const processorTimeSchema = z.object({
  /** Seconds since they began, of all their threads. */
  gateway: z.number(),
  postgres: z.number(),
  redis: z.number(),
  /** Seconds for which the gateway's main thread was ready, and waited for a processor. */
  gatewayWaited: z.number(),
})
export type ProcessorTime = z.infer<typeof processorTimeSchema>

/** Linux counts in hundredths of a second, whatever its own clock is (USER_HZ). */
const TICKS = 100

/** Of the gateway by its process id, and of servers that this process has started. */
export function processorTime(gateway: number): ProcessorTime {
  const all = processes()
  const named = (name: string) =>
    all
      .filter((each) => each.name === name && isOurs(each, all))
      .reduce((sum, { seconds }) => sum + seconds, 0)
  return {
    gateway: all.find(({ pid }) => pid === gateway)?.seconds ?? Number.NaN,
    postgres: named('postgres'),
    redis: named('redis-server'),
    gatewayWaited: waitedSeconds(gateway),
  }
}

/** What was used from one look to another. */
export function between(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return {
    gateway: after.gateway - before.gateway,
    postgres: after.postgres - before.postgres,
    redis: after.redis - before.redis,
    gatewayWaited: after.gatewayWaited - before.gatewayWaited,
  }
}

interface Process {
  readonly pid: number
  readonly name: string
  readonly parent: number
  /** Those of its children that it has seen end are counted in. */
  readonly seconds: number
}

function processes(): readonly Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
}

/** proc(5): a name in brackets, the parent fourth, times fourteenth to seventeenth. */
function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const close = stat.lastIndexOf(')')
    const fields = stat.slice(close + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    const name = stat.slice(stat.indexOf('(') + 1, close)
    return { pid, name, parent: Number(fields[1]), seconds: ticks / TICKS }
  } catch {
    // It has ended between the two looks.
    return undefined
  }
}

function isOurs({ parent }: Process, all: readonly Process[]): boolean {
  if (parent === process.pid) return true
  const above = all.find(({ pid }) => pid === parent)
  return above !== undefined && isOurs(above, all)
}

/** sched-stats: nanoseconds on a processor, nanoseconds in wait for one, of the main thread. */
function waitedSeconds(pid: number): number {
  const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(waited) / 1e9
}
