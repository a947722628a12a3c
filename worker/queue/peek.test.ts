import { expect, test } from 'vitest'
import { identify, memoryQueue } from '#contract'
import { today } from '../../contract/job/today.case.ts'
import { mustTake } from '../../contract/queue/queue.case.ts'
import { peek } from './peek.ts'
import { sightText } from './peek-text.ts'

const shy = (name: string) => ({ name, showsContent: false })
const element = (id: string) => JSON.stringify({ ...today, id, job_id: id })
const PROMPT = 'a harbour at dawn'

function start(mostAttempts = 1) {
  const idOf = (raw: string) => identify(raw, () => 'new')
  const queue = memoryQueue({ idOf, settings: { blockMs: 10, mostAttempts }, clock: () => 1e12 })
  return { queue, worker: queue.worker('host-1-abc') }
}

/** The value that stands beside a name, with the rest of its line. */
const valueIn = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name}  `))
    ?.slice(name.length)
    .trim()

test('of a job that waits its place is told, and its payload without a word of it', async () => {
  const { queue } = start()
  for (const id of ['1', '2']) await queue.push(element(id))
  const text = sightText(await peek(queue, shy('2')))
  expect(valueIn(text, 'status')).toBe('waiting, nobody has taken it yet')
  expect(valueIn(text, 'lane')).toBe('queue, 1 element before it')
  expect(valueIn(text, 'reads as')).toMatch(/^modify/)
  expect(text).toContain('"num_inference_steps": 20')
  expect(text).toContain('"prompt": "[hidden: 29 characters]"')
  expect(text).not.toContain('supabase')
})

test('asked for, content is shown, but for the query of a signed URL', async () => {
  const { queue } = start()
  await queue.push(element('1'))
  const text = sightText(await peek(queue, { name: '1', showsContent: true }))
  expect(text).toContain(PROMPT)
  expect(text).toContain('supabase.co/storage/v1/object/sign/')
  expect(text).toContain('a.png?…')
  expect(text).not.toContain('token')
})

test('of a job that runs the holder, the lease and the progress are told', async () => {
  const { queue, worker } = start()
  await queue.push(element('1'))
  const first = await mustTake(worker)
  await worker.progress(first, { step: 24 })
  await worker.giveBack(first)
  const claim = await mustTake(worker)
  await worker.progress(claim, { step: 3, of: 25 })
  await queue.cancel('1')
  const sight = await peek(queue, shy('1'))
  expect(sight.progress).toEqual({ step: 3, of: 25 })
  const text = sightText(sight)
  expect(valueIn(text, 'status')).toBe('running, lease for 30 s yet, told to stop')
  expect(valueIn(text, 'worker')).toBe('host-1-abc')
  expect(valueIn(text, 'fence')).toBe('2')
})

test('of a job that was put off it is told why, and until when', async () => {
  const { queue, worker } = start()
  await queue.push(element('1'))
  const late = { code: 'storage-failed', result: '', atLeastMs: 60_000 } as const
  await worker.retryLater(await mustTake(worker), late)
  const text = sightText(await peek(queue, shy('1')))
  expect(valueIn(text, 'status')).toBe('delayed, due in 60 s')
  expect(valueIn(text, 'last failure')).toBe('storage-failed')
  expect(valueIn(text, 'attempts')).toBe('1 failed')
})

test('of a job that failed the sentence is told, and whether its owner knows', async () => {
  const { queue, worker } = start()
  await queue.push(element('1'))
  const message = 'This is "a harbour at dawn" of http://x/y?token=1, not a picture.'
  const result = JSON.stringify({ failure: { code: 'image-unreadable', message } })
  const failed = { status: 'failed', code: 'image-unreadable', result, retryable: false } as const
  await worker.finish(await mustTake(worker), failed)
  const text = sightText(await peek(queue, shy('1')))
  expect(valueIn(text, 'failure')).toBe('image-unreadable: This is "…" of http://x not a picture.')
  expect(valueIn(text, 'callback')).toBe('owed, due now, 0 tries so far')
  expect(text).not.toContain(PROMPT)
  const [owed] = await queue.callbacks.due({ count: 1, leaseMs: 90_000 })
  expect(valueIn(sightText(await peek(queue, shy('1'))), 'callback')).toBe(
    'owed, next in 90 s, 1 try so far',
  )
  await queue.callbacks.done(owed!)
  expect(valueIn(sightText(await peek(queue, shy('1'))), 'callback')).toBe('none is owed')
})

test('of a dead letter that cannot be read, no more than why is told unless content is asked for', async () => {
  const { queue, worker } = start(0)
  await queue.push(`${PROMPT} \u001b[2J`)
  await worker.take()
  const [letter] = await queue.dead.list({ from: 0, count: 1 })
  const name = letter?.name.slice(0, 7) ?? ''
  const text = sightText(await peek(queue, shy(name)))
  expect(valueIn(text, 'status')).toBe('dead')
  expect(valueIn(text, 'dead letter')).toBe(`${letter?.name.slice(0, 10)}, unreadable`)
  expect(valueIn(text, 'reads as')).toBe('unreadable: The element is not JSON.')
  expect(text).not.toContain(PROMPT)
  const shown = sightText(await peek(queue, { name, showsContent: true }))
  expect(shown).toContain(`${PROMPT} \\u001b[2J`)
})

test('of a dead letter that is a job, its end and its letter are told', async () => {
  const { queue, worker } = start(0)
  await queue.push(element('1'))
  await worker.retryLater(await mustTake(worker), { code: 'storage-failed', result: '' })
  const text = sightText(await peek(queue, shy('1')))
  expect(valueIn(text, 'status')).toBe('failed')
  expect(valueIn(text, 'failure')).toMatch(/^storage-failed: [A-Z].*\.$/)
  expect(valueIn(text, 'dead letter')).toMatch(/^[0-9a-f]{10}, storage-failed$/)
})

test('an id that is nowhere is an error', async () => {
  await expect(peek(start().queue, shy('x'))).rejects.toThrow('no job and no dead letter x')
})
