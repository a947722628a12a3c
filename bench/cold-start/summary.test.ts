import { expect, it } from 'vitest'
import { type Round, summarise } from './summary.ts'

const round = (cache: Round['cache'], spawnedAt: number, ...parts: readonly number[]): Round => {
  const [start = 0, load = 0, picture = 0] = parts
  const readyAt = spawnedAt + start
  const loadedAt = readyAt + load
  return {
    whose: 'ours',
    cache,
    spawnedAt,
    readyAt,
    loadedAt,
    pictureAt: loadedAt + picture,
    fromDisk: 6.9e9,
    memory: { peakMb: 8000, anonymousMb: 2000, fileMb: 6000 },
  }
}

it('takes a start apart into program, networks and picture, and keeps warm from cold', () => {
  const rows = summarise([
    round('warm', 1e12, 100, 1000, 5000),
    round('cold', 2e12, 200, 9000, 6000),
    round('warm', 3e12, 300, 2000, 7000),
  ])
  expect(rows).toMatchObject([
    { cache: 'warm', startMs: 200, loadMs: 1500, pictureMs: 6000, fromDiskMb: 6900 },
    { cache: 'cold', startMs: 200, loadMs: 9000, pictureMs: 6000 },
  ])
  expect(rows[0]?.firstPictureMs).toEqual({ median: 7700, least: 6100, most: 9300 })
})
