import { expect, test } from 'vitest'
import {
  defaultQueueSettings,
  identify,
  memoryQueue,
  type QueueSettings,
  writePayload,
} from '#contract'
import { today, todaysJob } from '../../contract/job/today.case.ts'
import { mustTake } from '../../contract/queue/queue.case.ts'
import { deadText, listDead } from './dead.ts'
import { list, listingText } from './list.ts'

/** The queue's clock stands still but for jumps. */
const STARTED = Date.UTC(2026, 6, 1, 12)
const few = { name: 'sdxl_queue', count: 3 }

function start(settings: Partial<QueueSettings> = {}) {
  let skew = 0
  const queue = memoryQueue({
    idOf: (raw) => identify(raw, () => 'new'),
    settings: { blockMs: 10, ...settings },
    clock: () => STARTED + skew,
    random: () => 1,
  })
  const push = (id: string) => queue.push(JSON.stringify({ ...today, id, job_id: id }))
  const advance = (ms: number) => {
    skew += ms
  }
  return { queue, push, advance, worker: queue.worker('host-1-abc') }
}

/** The words of each line, as columns part them. */
const cells = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/))

test('what waits is shown in order, with its mode, age, size and history', async () => {
  const { queue, push, advance, worker } = start()
  await push('again')
  await worker.retryLater(await mustTake(worker), { code: 'storage-failed', result: '' })
  advance(180_000)
  await queue.sweep()
  const pushedAt = Date.now() - 200_000
  await queue.push(writePayload({ ...todaysJob, id: 'ours', pushedAt }))
  await push('dropped')
  await queue.byHand.drop('dropped')
  await push('dropped')
  await queue.push(JSON.stringify({ ...today, id: undefined, job_id: undefined }))
  await queue.push('{"id": "bad", "type": "video_fast"}')
  await queue.push('nothing')
  await queue.push('x'.repeat(defaultQueueSettings.mostElementBytes + 1))

  const text = listingText(await list(queue, { ...few, count: 9 }))
  const size = expect.stringMatching(/^(\d+ B|\d\.\d kB)$/)
  expect(cells(text).slice(2)).toEqual([
    ['waiting'],
    ['id', 'mode', 'age', 'size'],
    ['1', 'again', 'modify', '3 min', size, '1 failed attempt'],
    ['2', 'ours', 'modify', '3 min', size],
    ['3', 'dropped', 'modify', '-', size, 'its job is cancelled'],
    ['4', '-', 'modify', '-', size],
    ['5', 'bad', 'refused', '-', '35 B'],
    ['6', '-', 'unreadable', '-', '7 B'],
    ['7', '-', 'too large', '-', '262.1 kB'],
    [''],
    ['no worker is alive'],
  ])
  expect(text).not.toContain('harbour')
})

test('of a head whose age nobody knows, it is told for how long it has been seen there', async () => {
  const { queue, push, advance } = start()
  await push('1')
  await list(queue, few)
  advance(600_000)
  expect(listingText(await list(queue, few))).toContain('≥ 10 min')
})

test('who holds a job, what is delayed, who is alive, and how much more there is are shown', async () => {
  const { queue, push, worker } = start()
  for (const id of ['1', '2', '3', '4', '5', '6', '7']) await push(id)
  await queue.push('{}', 'priority')
  const held = [await mustTake(worker), await mustTake(worker)]
  await worker.beat(held, {
    ...{ version: '1', state: 'degraded', reason: 'engine-crashed', inFlight: 2, heldSeconds: 3 },
    ...{ device: 'cuda', gpu: '1', checkpoint: 'lustify', modes: [], loras: false, service: [] },
  })
  await queue.worker('host-2-abc').beat([], { state: 'of an older version' })
  await queue.cancel('2')
  const late = { code: 'internal', result: '', atLeastMs: 90_000 } as const
  await worker.retryLater(await mustTake(worker), late)

  const text = listingText(await list(queue, few))
  const [runs, left] = ['0 ms', '30 s']
  expect(cells(text)).toEqual([
    [
      'sdxl_queue: 5 waiting, 1 of them in the priority lane, 2 running, 1 delayed, 0 dead letters, 0 callbacks owed',
    ],
    [''],
    ['waiting, the first 3 of 5'],
    ['id', 'mode', 'age', 'size'],
    ['1', '-', 'refused', '-', '2 B', 'priority'],
    ['2', '4', 'modify', '-', '975 B'],
    ['3', '5', 'modify', '-', '975 B'],
    [''],
    ['running'],
    ['id', 'worker', 'fence', 'attempts', 'deaths', 'runs for', 'lease left'],
    ['1', 'host-1-abc', '1', '0', '0', runs, left],
    ['2', 'host-1-abc', '1', '0', '0', runs, left, 'told to stop'],
    [''],
    ['delayed'],
    ['id', 'attempts', 'deaths', 'due in'],
    ['3', '1', '0', '90 s'],
    [''],
    ['workers'],
    ['name', 'state', 'jobs', 'device', 'checkpoint'],
    ['host-1-abc', 'degraded (engine-crashed)', '2', 'cuda 1', 'lustify'],
    ['host-2-abc', '-'],
  ])
})

test('a lease that lapsed and a delay that is over are called so until a sweep', async () => {
  const { queue, push, advance, worker } = start()
  for (const id of ['1', '2']) await push(id)
  await worker.retryLater(await mustTake(worker), { code: 'internal', result: '' })
  await mustTake(worker)
  advance(60_000)
  const text = cells(listingText(await list(queue, few)))
  expect(text).toContainEqual(['2', 'host-1-abc', '1', '0', '0', '60 s', 'lapsed'])
  expect(text).toContainEqual(['1', '1', '0', 'now'])
})

test('dead letters are shown newest first, without a word of theirs', async () => {
  const { queue, push, worker } = start({ mostAttempts: 0 })
  for (const raw of ['bad 1', 'bad 2']) await queue.push(raw)
  await push('dead')
  await worker.retryLater(await mustTake(worker), { code: 'storage-failed', result: '' })
  const listing = await listDead(queue, { ...few, count: 2 })
  const name = expect.stringMatching(/^[0-9a-f]{10}$/)
  const since = '2026-07-01 12:00:00Z'
  expect(cells(deadText(listing))).toEqual([
    ['sdxl_queue: 3 dead letters, the newest 2'],
    [''],
    ['name', 'id', 'reason', 'attempts', 'deaths', 'since', 'size'],
    [name, 'dead', 'storage-failed', '1', '0', since, '981 B'],
    [name, '-', 'unreadable', '0', '0', since, '5 B'],
  ])
  expect(JSON.stringify(listing)).not.toContain('harbour')
})
