/** What `peek` found, for a person: a name and a value a line, then the JSON of what has any. */
import type { Glance } from '#contract'
import { timeOf } from './dead.ts'
import type { Sight } from './peek.ts'
import { printable, printableJson } from './printable.ts'
import { countOf, size, span } from './table.ts'

const NAME_WIDTH = 14

export function sightText(sight: Sight): string {
  const { id, job, waiting, failure, lastFailure, letter, progress, result, payload } = sight
  const lines: [string, string | undefined][] = [
    ['id', id],
    ['status', statusOf(sight)],
    ['lane', waiting && `${waiting.lane}, ${countOf(waiting.ahead, 'element')} before it`],
    ['failure', failure && `${failure.code}: ${failure.message}`],
    ['last failure', lastFailure],
    ...(job ? historyOf(job) : []),
    ['copies', job && job.duplicates > 0 ? `${job.duplicates} dropped` : undefined],
    ['callback', job && callbackOf(job)],
    ['dead letter', letter && `${letter.name.slice(0, 10)}, ${letter.reason}`],
    ['dead since', letter && timeOf(letter.at)],
    ['deaths', letter && !job ? `${letter.stalls}` : undefined],
    ['size', payload && size(payload.bytes)],
    ['reads as', payload?.reads],
  ]
  const blocks: [string, unknown][] = [
    ['progress', progress],
    ['result', result],
    ['payload', payload?.content],
  ]
  return [
    ...lines.flatMap(([name, value]) => (value === undefined ? [] : [lineOf(name, value)])),
    ...blocks.flatMap(([name, value]) => {
      return value === undefined ? [] : ['', name, printableJson(value, 2)]
    }),
  ].join('\n')
}

const lineOf = (name: string, value: string): string =>
  `${name.padEnd(NAME_WIDTH)}${printable(value)}`

function statusOf({ job, waiting, letter }: Sight): string {
  if (!job) return waiting ? 'waiting, nobody has taken it yet' : (letter && 'dead') || '-'
  const { status, isCancelled, left } = job
  if (status === 'active') {
    const lease = left !== undefined && left < 0 ? 'lapsed' : `for ${span(left)} yet`
    return `running, lease ${lease}${isCancelled ? ', told to stop' : ''}`
  }
  if (status === 'delayed') {
    return left !== undefined && left <= 0 ? 'delayed, due now' : `delayed, due in ${span(left)}`
  }
  return status === 'queued' ? 'waiting again' : status
}

function historyOf(job: Glance): [string, string | undefined][] {
  const ago = (ms: number | undefined) => (ms === undefined ? undefined : `${span(ms)} ago`)
  return [
    ['worker', job.worker],
    ['fence', `${job.fence}`],
    ['attempts', `${job.attempts} failed`],
    ['deaths', `${job.stalls}`],
    ['first seen', ago(job.sinceSeen)],
    ['began', ago(job.sinceStart)],
    ['ended', ago(job.sinceEnd)],
  ]
}

/** Whether its owner was told; undefined while there is nothing to tell. */
function callbackOf({ status, untilCallback, callbacks }: Glance): string | undefined {
  const isEnd = status === 'completed' || status === 'failed' || status === 'cancelled'
  if (!isEnd) return undefined
  const tries = countOf(callbacks, 'try').replace(/trys$/, 'tries')
  if (untilCallback === undefined) return 'none is owed'
  const next = untilCallback > 0 ? `next in ${span(untilCallback)}` : 'due now'
  return `owed, ${next}, ${tries} so far`
}
