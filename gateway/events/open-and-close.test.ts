import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { testDatabases } from '../database/test-database.case.ts'
import { ANNA, cat } from '../jobs/jobs.case.ts'
import { type EventServer, eventServer } from './event-server.case.ts'

it('five hundred streams that were opened and closed leave nothing behind', async () => {
  await using database = await (testDatabases[0]?.open ?? expect.fail)()
  await using server = await eventServer(database, { limits: { mostPerCaller: 50 } })
  const asking = { caller: ANNA, surface: 'v1' } as const
  const accept = async () => (await server.gateway.accept(cat, asking)).row.id
  const ids = await Promise.all(Array.from({ length: 5 }, accept))
  const round = async (times: number) => {
    for (let i = 0; i < times; i++) await openAndClose(server, ids)
    await expect.poll(() => [server.streams.count(), server.watch.count()]).toEqual([0, 0])
  }
  await round(2)
  const before = heapBytes()
  await round(20)
  // A stream that stayed would hold its job's row, a few kilobytes each.
  expect(heapBytes() - before).toBeLessThan(1_500_000)
})

/** Twenty-five at a time, closed without a word when they have heard the first. */
async function openAndClose({ port }: EventServer, ids: readonly string[]): Promise<void> {
  const sockets = Array.from({ length: 25 }, (_, i) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /v1/jobs/${ids[i % ids.length]}/events HTTP/1.1\r\nhost: here\r\n\r\n`)
    return socket
  })
  await Promise.all(sockets.map(hearSnapshot))
  for (const socket of sockets) socket.destroy()
}

async function hearSnapshot(socket: Socket): Promise<void> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.includes('event: snapshot')) return
  }
  throw new Error(`closed after ${text}`)
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}
