import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type HealthReport, identify, memoryQueue as openQueue } from '#contract'
import { createFleetProbe } from './fleet-probe.ts'

const memoryQueue = () => openQueue({ idOf: (raw) => identify(raw, randomUUID) })
const report = (
  state: HealthReport['state'],
  heldSeconds: number,
  seconds: number,
): HealthReport => ({
  ...{ version: '1', state, inFlight: 1, heldSeconds, checkpoint: 'sdxl', modes: ['modify'] },
  ...{ loras: false, service: [{ mode: 'modify', size: '1024x1024', seconds }] },
})

it('adds up what waits and what is held, over every worker of the queue', async () => {
  const queue = memoryQueue()
  await queue.worker('a').beat([], report('busy', 3, 2))
  await queue.worker('b').beat([], report('idle', 0, 4))
  await queue.worker('c').beat([], report('degraded', 0, 3))
  const depth = { ...(await queue.depth()), waiting: 10, priority: 1 }
  expect(await createFleetProbe(queue)(depth)).toEqual({
    engines: { idle: 1, busy: 1, degraded: 1, draining: 0 },
    workSeconds: 3 + 11 * 3,
  })
})

it('does not call work that waits none, while nobody knows how long it takes', async () => {
  const queue = memoryQueue()
  await queue.worker('new').beat([], { ...report('idle', 0, 1), service: [] })
  const depth = await queue.depth()
  expect(await createFleetProbe(queue)(depth)).toMatchObject({ workSeconds: 0 })
  const full = { ...depth, waiting: 1_000 }
  expect(await createFleetProbe(queue)(full)).toMatchObject({ workSeconds: undefined })
})

it('says nothing where the queue does not', async () => {
  expect(await createFleetProbe(memoryQueue())(undefined)).toBeUndefined()
})
