/** What bench `enhance` has found, by size and side: tokens a second, and how ours compare with transformers'. */
import { median } from '../measure/statistics.ts'
import { columns, duration, optional } from '../measure/table.ts'
import type { EnhanceFound } from './enhance-task.ts'

/** Issue 7: no slower than transformers. */
export const MOST_RATIO = 1

export interface Run {
  readonly size: string
  readonly side: string
  readonly found: EnhanceFound
  readonly loadAverage: number
}

export interface Summarised {
  readonly what: string
  readonly size: string
  readonly side: string
  readonly tokensPerSecond: number
  readonly promptMs: number
  readonly loadMs: number
  readonly peakMb: number
  /** Time a token over that of transformers; of ours in full precision alone. */
  readonly ratio?: number
  /** As transformers did; four bits write something else by their nature. */
  readonly wroteTheSame: boolean
}

export function summarise(runs: readonly Run[], tokens: number): Summarised[] {
  const named = [...new Set(runs.map(({ size, side }) => `${size}, ${side}`))]
  return named.map((what) => {
    const of = (name: string) => runs.filter(({ size, side }) => `${size}, ${side}` === name)
    const [first] = of(what)
    if (!first) throw new Error(`nothing ran of ${what}`)
    const { size, side } = first
    const theirs = of(`${size}, ${PEER}`)
    const isComparable = side !== PEER && !side.includes('bits') && theirs.length > 0
    const ms = perToken(of(what), tokens)
    const all = of(what).map(({ found }) => found)
    return {
      ...{ what, size, side, tokensPerSecond: 1000 / ms },
      promptMs: median(all.flatMap(({ promptMs }) => promptMs)),
      loadMs: median(all.map(({ loadMs }) => loadMs)),
      peakMb: median(all.map(({ memory }) => memory.peakMb)),
      ...(isComparable && { ratio: ms / perToken(theirs, tokens) }),
      wroteTheSame: !isComparable || isSame(of(what), theirs),
    }
  })
}

const PEER = 'transformers'

/** Reading the prompt is taken off; the median over all processes' runs. */
function perToken(runs: readonly Run[], tokens: number): number {
  const times = runs.flatMap(({ found: { promptMs, allMs } }) =>
    allMs.map((all, i) => (all - (promptMs[i] ?? 0)) / tokens),
  )
  return median(times)
}

const isSame = (some: readonly Run[], others: readonly Run[]): boolean =>
  new Set([...some, ...others].map(({ found: { ids } }) => ids.join(' '))).size === 1

export function table(found: readonly Summarised[]): string[] {
  const head = ['', 'tokens/s', 'prompt', 'load', 'peak', 'time over transformers']
  const rows = found.map(({ what, tokensPerSecond, promptMs, loadMs, peakMb, ratio }) => [
    what,
    tokensPerSecond.toFixed(1),
    ...[promptMs, loadMs].map(duration),
    `${Math.round(peakMb)} MB`,
    optional(ratio, (value) => value.toFixed(3)),
  ])
  return columns([head, ...rows])
}
