import { expect, it } from 'vitest'
import { createMailbox } from './mailbox.ts'

it('a mailbox keeps the newest of what outdates itself, everything else in order, and what came before its end', async () => {
  const mailbox = createMailbox<string>()
  const ofKind = (kind: string) => (older: string) => older.startsWith(kind)
  mailbox.put('snapshot')
  for (let step = 0; step < 10_000; step++) mailbox.put(`progress ${step}`, ofKind('progress'))
  mailbox.put('status queued', ofKind('status'))
  mailbox.put('status processing', ofKind('status'))
  mailbox.put('progress 10000', ofKind('progress'))
  mailbox.put('completed')
  mailbox.end()
  mailbox.put('too late')
  const read: string[] = []
  for await (const item of mailbox) read.push(item)
  expect(read).toEqual(['snapshot', 'status processing', 'progress 10000', 'completed'])
})
