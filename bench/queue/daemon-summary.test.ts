import { expect, it } from 'vitest'
import { daemonTable, summaryOfDaemon } from './daemon-summary.ts'
import type { DaemonFound } from './daemon-task.ts'

const round = (p999: number, more: Partial<DaemonFound> = {}): DaemonFound => ({
  gaps: { p50: 1, p99: 2, p999, most: 2 * p999, count: 5000, ownP999: 3, ownMost: 4 },
  ...{ jobs: 1, wallMs: 5000, stagesMs: [], jobMs: [] },
  ...more,
})

const job = { preparing: 1, drawing: 10, encoding: 6, storing: 2, finishing: 0.5, publishing: 0.5 }

const found = {
  idle: [round(2), round(40), round(3)],
  engine: [round(10), round(45), round(12)],
  pictures: [round(30), round(60), round(24)],
  busy: [round(20, { busy: 0.97 })],
  smallest: [round(5, { jobMs: [20, 22], stagesMs: [job, { ...job, encoding: 8 }] })],
}

it('takes from each gap that of the idle daemon in the same round, and the worse load', () => {
  // 28, 20 and 21 of pictures; 8, 5 and 9 of the engine.
  expect(summaryOfDaemon(found).gapOverIdleMs).toBe(21)
})

it('takes drawing and encoding from a job, and keeps the rest', () => {
  const { overheadP50Ms, wholeP50Ms, stagesP50Ms, busy } = summaryOfDaemon(found)
  expect([overheadP50Ms, wholeP50Ms, stagesP50Ms.encoding, busy]).toEqual([4, 21, 7, 0.97])
})

it('says all of it in a table', () => {
  const text = daemonTable(summaryOfDaemon(found)).join('\n')
  expect(text).toMatch(/engine busy under a backlog: 97\.0 %/)
  expect(text).toMatch(/without drawing and encoding +4\.00 ms/)
})
