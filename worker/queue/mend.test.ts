/** What `retry` and `drop` do, and what they say of it. */
import { expect, test } from 'vitest'
import { memoryQueue } from '#contract'
import { completed, element, idOf, mustTake } from '../../contract/queue/queue.case.ts'
import { drop } from './drop.ts'
import { retry, retryAllDead } from './retry.ts'

const failed = {
  status: 'failed',
  code: 'request-invalid',
  result: '',
  retryable: false,
} as const

function start() {
  const queue = memoryQueue({ idOf, settings: { blockMs: 10, mostAttempts: 0 } })
  const worker = queue.worker('a')
  const die = async (id: string) => {
    await queue.push(element(id))
    await worker.retryLater(await mustTake(worker), { code: 'internal', result: '' })
  }
  const end = async (id: string, outcome: typeof completed | typeof failed) => {
    await queue.push(element(id))
    await worker.finish(await mustTake(worker), outcome)
  }
  return { queue, worker, die, end }
}

test('what failed, and a dead letter by its id or name, go to the back of the queue', async () => {
  const { queue, worker, die, end } = start()
  await end('failed', failed)
  await die('dead')
  await queue.push('bad')
  await worker.take()
  const letter = await queue.dead.list({ from: 1, count: 1 })
  const name = letter[0]?.name ?? ''
  expect(await retry(queue, 'failed')).toBe('failed is at the back of the queue.')
  expect(await retry(queue, 'dead')).toBe('dead is at the back of the queue.')
  expect(await retry(queue, name.slice(0, 7))).toMatch(/^The letter [0-9a-f]{10} is at the back/)
  const waiting = await queue.byHand.waiting({ from: 0, count: 9 })
  expect(waiting.map(({ raw }) => raw)).toEqual([element('failed'), element('dead'), 'bad'])
})

test('what has not failed stays where it is, and the sentence says where', async () => {
  const { queue, worker, end } = start()
  await end('done', completed)
  await queue.cancel('gone')
  await queue.push(element('runs'))
  const claim = await mustTake(worker)
  await queue.push(element('waits'))
  for (const [id, sentence] of [
    ['done', 'done has completed: there is nothing to retry.'],
    ['gone', 'gone was cancelled. Push it anew'],
    ['runs', 'runs runs. Drop it to end it.'],
    ['waits', 'waits waits already, and nobody has tried it yet.'],
    ['nobody', 'There is no job and no dead letter nobody.'],
  ] as const) {
    await expect(retry(queue, id), id).rejects.toThrow(sentence)
  }
  await worker.giveBack(claim)
  await expect(retry(queue, 'runs')).rejects.toThrow('runs waits already.')
  expect(await queue.depth()).toMatchObject({ waiting: 2 })
})

test('all dead letters go back but those that are no jobs', async () => {
  const { queue, worker, die } = start()
  for (let i = 0; i < 60; i++) {
    await die(`j${i}`)
    if (i % 3 === 0) await queue.push('bad')
  }
  await worker.take()
  expect(await retryAllDead(queue)).toEqual({ retried: 60, kept: 20 })
  expect(await queue.depth()).toMatchObject({ waiting: 60, dead: 20 })
  expect((await mustTake(worker)).id).toBe('j0')
})

test('what is dropped is gone, and the sentence says who is told', async () => {
  const { queue, worker, die, end } = start()
  await die('dead')
  await queue.push('bad')
  await worker.take()
  await queue.push(element('runs'))
  await mustTake(worker)
  await end('done', completed)
  await queue.push(element('waits'))
  await queue.push(element('done'))
  const name = (await queue.dead.list({ from: 1, count: 1 }))[0]?.name ?? ''
  for (const [id, sentence] of [
    ['waits', 'waits is gone from the queue, and its owner will be told that it was cancelled.'],
    ['runs', 'runs runs: it ends as cancelled'],
    ['done', 'done has completed, and the copy of it that waited is gone.'],
    ['dead', 'The dead letter of dead is gone. Its owner was told when it died.'],
    [name, 'is gone.'],
  ] as const) {
    expect(await drop(queue, id)).toContain(sentence)
  }
  expect(await queue.depth()).toMatchObject({ waiting: 0, dead: 0, active: 1 })
  for (const [id, sentence] of [
    ['waits', 'waits was cancelled: there is nothing to drop.'],
    ['done', 'done has completed: there is nothing to drop.'],
    ['dead', 'dead has failed: there is nothing to drop.'],
    ['nobody', 'There is no job and no dead letter nobody.'],
  ] as const) {
    await expect(drop(queue, id), id).rejects.toThrow(sentence)
  }
})

test('a job that waits though it is a dead letter too is dropped first, its letter after', async () => {
  const { queue, die } = start()
  await die('x')
  expect(await queue.byHand.retry('x')).toBe('retried')
  await expect(retry(queue, 'x')).rejects.toThrow('x waits already.')
  expect(await drop(queue, 'x')).toContain('Its dead letter stays: drop it once more for that.')
  expect(await queue.depth()).toMatchObject({ waiting: 0, dead: 1 })
  expect(await drop(queue, 'x')).toContain('The dead letter of x is gone.')
  expect(await queue.depth()).toMatchObject({ dead: 0 })
})

test('what a gateway pushed is retried, and whoever does it hears that it may be in vain', async () => {
  const { queue, worker } = start()
  for (const id of ['dead', 'failed']) {
    await queue.push(JSON.stringify({ id, i2i: { v: 1, source: 'gateway' } }))
    const claim = await mustTake(worker)
    if (id === 'failed') await worker.finish(claim, failed)
    else await worker.retryLater(claim, { code: 'internal', result: '' })
    expect(await retry(queue, id)).toMatch(/is at the back of the queue\. A gateway pushed it: /)
    await worker.finish(await mustTake(worker), completed)
  }
})
