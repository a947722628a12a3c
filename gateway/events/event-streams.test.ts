import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Listening, listen } from '../http/listen.ts'
import { createRouter } from '../http/router.ts'
import { createEventStreams, type EventStreamLimits } from './event-streams.ts'
import { createMailbox } from './mailbox.ts'

/** A server of nothing but one stream, whose events a test makes. */
async function serve(
  events: (signal: AbortSignal) => AsyncIterable<string>,
  limits: Partial<EventStreamLimits> = {},
) {
  const streams = createEventStreams(limits)
  const app = createRouter()
  app.get('/', (context) => {
    const destroy = () => context.env.outgoing?.destroy()
    return context.body(streams.open('anna', { events, destroy }))
  })
  const door = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
  doors.push(door)
  return { streams, url: `http://127.0.0.1:${door.port}/`, port: door.port }
}
const doors: Listening[] = []
afterEach(async () => {
  for (const door of doors.splice(0)) await door[Symbol.asyncDispose]()
})

/** Nothing, until it is over. */
const silence = (signal: AbortSignal) => {
  const mailbox = createMailbox<string>()
  signal.addEventListener('abort', mailbox.end)
  return mailbox
}

describe('a stream of events', () => {
  it('is kept open by pings while nothing happens, and tells how soon to come back', async () => {
    const { url, streams } = await serve(silence, { pingMs: 10 })
    const gone = new AbortController()
    const { body } = await fetch(url, { signal: gone.signal })
    let text = ''
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes(': ping\n\n: ping\n\n')) break
    }
    expect(text).toMatch(/^retry: 2000\n\n(: ping\n\n){2,}$/)
    await expect.poll(() => streams.count()).toBe(0)
  })

  it('ends after its time, and when we go, with word to come back', async () => {
    const { url, streams } = await serve(silence, { lifetimeMs: 150 })
    const reconnect = 'retry: 2000\n\nevent: reconnect\ndata: {}\n\n'
    const first = await fetch(url)
    expect(await first.text()).toBe(reconnect)
    const { url: other, streams: draining } = await serve(silence)
    const second = await fetch(other)
    await draining.drain()
    expect(await second.text()).toBe(reconnect)
    expect([streams.count(), draining.count()]).toEqual([0, 0])
    expect(() => draining.open('bert', { events: silence, destroy() {} })).toThrow(
      expect.objectContaining({ code: 'shutting-down' }),
    )
  })

  it('says nothing of what went wrong but that the client may come back', async () => {
    const errors: unknown[] = []
    const secret = new Error('a secret')
    async function* events() {
      yield 'event: a\ndata: 1\n\n'
      throw secret
    }
    const { url, streams } = await serve(events, { onError: (error) => errors.push(error) })
    expect(await (await fetch(url)).text()).toBe(
      'retry: 2000\n\nevent: a\ndata: 1\n\nevent: reconnect\ndata: {}\n\n',
    )
    expect(errors).toEqual([secret])
    expect(streams.count()).toBe(0)
  })

  it('is no more than a caller and a process may have, and a place that is left is free', async () => {
    const streams = createEventStreams({ most: 3, mostPerCaller: 2 })
    const open = (caller: string) => streams.open(caller, { events: silence, destroy() {} })
    const bodies = [open('anna'), open('anna')]
    expect(() => open('anna')).toThrow(expect.objectContaining({ code: 'rate-limited' }))
    bodies.push(open('bert'))
    expect(() => open('carl')).toThrow(expect.objectContaining({ code: 'too-busy' }))
    await bodies[0]?.cancel()
    bodies.push(open('anna'))
    expect(() => open('anna')).toThrow(expect.objectContaining({ code: 'too-busy' }))
    for (const body of bodies) await body.cancel()
    expect(streams.count()).toBe(0)
  })

  it('takes no more from its source than a slow client reads, and is cut off where it does not take its end', async () => {
    let made = 0
    let isFreed = false
    async function* flood() {
      try {
        for (;;) {
          made++
          yield `data: ${'x'.repeat(100_000)}\n\n`
          await sleep(0)
        }
      } finally {
        isFreed = true
      }
    }
    const { port, streams } = await serve(flood, { graceMs: 50 })
    const socket = await paused(port)
    const madeMeanwhile = async () => {
      const before = made
      await sleep(100)
      return made - before
    }
    await expect.poll(madeMeanwhile).toBe(0)
    // What the kernel takes for both ends is a few megabytes; ours is one event.
    expect(made).toBeLessThan(120)
    expect(streams.count()).toBe(1)
    await streams.drain()
    expect([streams.count(), isFreed]).toEqual([0, true])
    socket.destroy()
  })
})

/** A client that asks and then reads nothing. */
async function paused(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  return socket
}
