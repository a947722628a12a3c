/** What a start is made of, from the moments that a process passed. */
import type { Dropped } from '../measure/file-cache.ts'
import { median, type Summary, summary } from '../measure/statistics.ts'
import { columns, duration } from '../measure/table.ts'
import type { ColdStartFound } from './cold-start-task.ts'

export interface Start {
  readonly whose: 'ours' | 'peer'
  /** Whether the file cache holds the checkpoint. */
  readonly cache: 'warm' | 'cold'
}

/** One process. */
export interface Round extends Start, ColdStartFound {
  readonly spawnedAt: number
  /** What the file cache was made to forget before a cold start. */
  readonly dropped?: Dropped
}

export interface Row extends Start {
  readonly dropped?: Dropped
  /** From the spawn to the picture on the disk. */
  readonly firstPictureMs: Summary
  /** Medians of its three parts: the program, its networks, the picture. */
  readonly startMs: number
  readonly loadMs: number
  readonly pictureMs: number
  readonly fromDiskMb: number
  readonly peakMb: number
  readonly anonymousMb: number
}

/** One row a side and state of the cache, in the order in which each first ran. */
export function summarise(rounds: readonly Round[]): Row[] {
  const groups = new Map<string, Round[]>()
  for (const round of rounds) {
    const key = `${round.whose}, ${round.cache}`
    groups.set(key, [...(groups.get(key) ?? []), round])
  }
  return [...groups.values()].map(rowOf)
}

function rowOf(rounds: readonly Round[]): Row {
  const [first] = rounds
  if (!first) throw new Error('no round to summarise')
  const { whose, cache, dropped } = first
  const of = (value: (round: Round) => number) => rounds.map(value)
  return {
    whose,
    cache,
    ...(dropped && { dropped }),
    firstPictureMs: summary(of(({ pictureAt, spawnedAt }) => pictureAt - spawnedAt)),
    startMs: median(of(({ readyAt, spawnedAt }) => readyAt - spawnedAt)),
    loadMs: median(of(({ loadedAt, readyAt }) => loadedAt - readyAt)),
    pictureMs: median(of(({ pictureAt, loadedAt }) => pictureAt - loadedAt)),
    fromDiskMb: Math.round(median(of(({ fromDisk }) => fromDisk)) / 1e6),
    peakMb: median(of(({ memory }) => memory.peakMb)),
    anonymousMb: median(of(({ memory }) => memory.anonymousMb)),
  }
}

export function table(rows: readonly Row[]): string[] {
  const head = ['', '', 'start', 'load', 'picture', 'in all', 'from disk', 'peak', 'anonymous']
  const lines = rows.map((row) => [
    row.whose,
    row.dropped ? `${row.cache}: ${row.dropped}` : row.cache,
    ...[row.startMs, row.loadMs, row.pictureMs, row.firstPictureMs.median].map(duration),
    `${row.fromDiskMb} MB`,
    ...[row.peakMb, row.anonymousMb].map((mb) => `${Math.round(mb)} MB`),
  ])
  return columns([head, ...lines], { left: 2 })
}
