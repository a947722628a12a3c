/** What a person reads of the gateway's numbers. */
import { columns, duration, percent } from '../measure/table.ts'
import type { StoreFound } from './gateway.ts'
import type { Load } from './load.ts'
import type { Streams } from './streams.ts'

export function loadTable({ posts, reads }: StoreFound): string[] {
  const head = ['', 'a second', 'p50', 'p99', 'p99.9', 'errors', 'gateway', 'database', 'Redis']
  const rows = [
    ...posts.map((load) => row(`POST, ${load.rate} a second wanted`, load)),
    row('GET, as many as can be', reads),
  ]
  return columns([[...head, 'generator', 'a core would bear'], ...rows])
}

/** Costs are milliseconds of a processor for each request. */
function row(what: string, load: Load): string[] {
  const { cost, errors } = load
  const wrong = Object.values(errors).reduce((sum, count) => sum + count, 0)
  const costs = [cost.gatewayMs, cost.postgresMs, cost.redisMs, cost.generatorMs]
  return [
    what,
    load.perSecond.toFixed(0),
    ...[load.p50Ms, load.p99Ms, load.p999Ms].map(duration),
    String(wrong),
    ...costs.map((ms) => `${ms.toFixed(2)} ms`),
    load.impliedPerSecond.toFixed(0),
  ]
}

export function streamsLines(streams: Streams): string[] {
  const { opened, openMs, lost, ended, progress, memoryMb, growthMb } = streams
  return [
    `${opened} event streams, open within ${duration(openMs)}; ${lost} lost, ${ended} at their end`,
    `memory ${memoryMb.held} MB (${memoryMb.before} before), of which no garbage grew by ${growthMb.toFixed(1)} MB; ` +
      `${percent(streams.processorShare)} of a processor, ${streams.eventsPerSecond.toFixed(0)} events a second`,
    `progress is heard after ${duration(progress.p50Ms)}, p99 ${duration(progress.p99Ms)}, of ${progress.count}`,
  ]
}
