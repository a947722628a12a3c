/** Bench `queue`: what the protocol and the daemon cost a job, on a Redis of their own, with BullMQ beside them. */

import { packageVersion } from '../measure/machine.ts'
import { begin, keepResults } from '../measure/results.ts'
import { measureDaemon } from './daemon.ts'
import { daemonTable, roundsOf, summaryOfDaemon } from './daemon-summary.ts'
import { gates } from './gates.ts'
import { crews, measureProtocol } from './protocol.ts'
import { REDIS } from './redis-settings.ts'

export interface QueueBenchOptions {
  readonly jobs: number
  readonly rounds: number
}

/** Prints tables; the last line is one JSON object. Whether every gate holds. */
export async function benchQueue(
  { jobs, rounds }: QueueBenchOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const protocol = await measureProtocol({ jobs, rounds }, print)
  print('')
  const found = await measureDaemon({ rounds, print })
  const daemon = summaryOfDaemon(found)
  for (const line of daemonTable(daemon)) print(line)

  const { p50Ms = Number.NaN } = protocol.summary.ours.alone
  const { jobsPerSecond } = protocol.summary.ours.together
  const holds = {
    protocol: p50Ms <= gates.mostOverheadMs,
    jobsPerSecond: jobsPerSecond >= gates.leastJobsPerSecond,
    overhead: daemon.overheadP50Ms <= gates.mostOverheadMs,
    gap: daemon.gapOverIdleMs <= gates.mostGapMs,
    busy: daemon.busy >= gates.leastBusy,
  }
  const failed = Object.entries(holds).flatMap(([name, holds]) => (holds ? [] : [name]))
  const verdict = failed.length === 0 ? 'PASS' : 'FAIL'
  const path = await keepResults('queue', circumstances, {
    peer: { bullmq: packageVersion('bullmq'), ioredis: packageVersion('ioredis') },
    redis: REDIS.join(' '),
    jobs,
    workers: crews,
    gates,
    summary: { protocol: protocol.summary, daemon },
    verdict,
    failed,
    raw: { protocol: protocol.raw, daemon: roundsOf(found) },
  })
  const { overheadP50Ms, gapOverIdleMs, busy } = daemon
  const said = { protocolMs: p50Ms, jobsPerSecond, overheadP50Ms, gapOverIdleMs, busy }
  const rounded = Object.entries(said).map(([name, value]) => [name, Number(value.toPrecision(3))])
  const numbers = Object.fromEntries(rounded)
  print(JSON.stringify({ bench: 'queue', verdict, failed, ...numbers, results: path }))
  return verdict === 'PASS'
}
