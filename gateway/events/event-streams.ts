/**
 * The streams of events that this process holds open: so many at most, each for so long, and all of them freed, whether
 * the client reads, reads slowly, has gone, or we go.
 *
 * Nothing is written that the client does not take: what it leaves unread stays where newer news outdates older, so
 * that a stream never holds more than one event that is being sent and those few that wait.
 */
import { Failure } from '#contract'
import { PING, RECONNECT, RETRY } from './sse.ts'

export interface EventStreams {
  /** Throws `rate-limited`, `too-busy` and `shutting-down`. */
  readonly open: (caller: string, given: EventStream) => ReadableStream<Uint8Array>
  /** Tells all to come back elsewhere, and admits no more. Resolves when none is open. */
  readonly drain: () => Promise<void>
  readonly count: () => number
}

export interface EventStream {
  /** As they go over the wire. Ends soon after the signal is aborted. */
  readonly events: (signal: AbortSignal) => AsyncIterable<string>
  /** Ends the connection of a client that takes nothing. */
  readonly destroy: () => void
}

export interface EventStreamLimits {
  /** In this process; 2,000. */
  readonly most: number
  /** 5. */
  readonly mostPerCaller: number
  /** Ten minutes; the client comes back then. */
  readonly lifetimeMs: number
  /** 15 s without news. */
  readonly pingMs: number
  /** What a client has to take the end of its stream; 5 s. */
  readonly graceMs: number
  /** A stream was ended, since an event could not be made: never told to the client. */
  readonly onError: (error: unknown) => void
}

const defaults: EventStreamLimits = {
  most: 2_000,
  mostPerCaller: 5,
  lifetimeMs: 10 * 60_000,
  pingMs: 15_000,
  graceMs: 5_000,
  onError: () => {},
}

export function createEventStreams(given: Partial<EventStreamLimits> = {}): EventStreams {
  const limits = { ...defaults, ...given }
  const streams = new Set<OpenStream>()
  const callers = new Map<string, number>()
  let isDraining = false
  const drained: (() => void)[] = []

  const admit = (caller: string) => {
    if (isDraining) {
      throw new Failure('shutting-down', 'This gateway is about to end. Connect again.')
    }
    if (streams.size >= limits.most) {
      const message = `There are ${limits.most} event streams open here. Ask for the job itself.`
      throw new Failure('too-busy', message)
    }
    const own = callers.get(caller) ?? 0
    if (own >= limits.mostPerCaller) {
      const message = `You have ${own} event streams open. Close one first.`
      throw new Failure('rate-limited', message)
    }
    callers.set(caller, own + 1)
  }
  const release = (caller: string, stream: OpenStream) => {
    streams.delete(stream)
    const left = (callers.get(caller) ?? 1) - 1
    if (left > 0) callers.set(caller, left)
    else callers.delete(caller)
    if (streams.size === 0) for (const resolve of drained.splice(0)) resolve()
  }

  return {
    open(caller, events) {
      admit(caller)
      const stream = openStream(events, { ...limits, onFreed: () => release(caller, stream) })
      streams.add(stream)
      return stream.body
    },
    async drain() {
      isDraining = true
      if (streams.size === 0) return
      const closed = new Promise<void>((resolve) => drained.push(resolve))
      for (const stream of streams) stream.leave()
      await closed
    },
    count: () => streams.size,
  }
}

interface OpenStream {
  readonly body: ReadableStream<Uint8Array>
  /** Says that the client may come back, and closes. */
  readonly leave: () => void
}

interface OpenOptions extends EventStreamLimits {
  /** Once. */
  readonly onFreed: () => void
}

const encoder = new TextEncoder()

function openStream({ events, destroy }: EventStream, options: OpenOptions): OpenStream {
  const leaving = new AbortController()
  let grace: NodeJS.Timeout | undefined
  let isFree = false
  const free = () => {
    if (isFree) return
    isFree = true
    clearTimeout(lifetime)
    clearTimeout(grace)
    leaving.abort()
    // One that waits between two events does not hear the signal.
    iterator.return?.().catch(() => {})
    options.onFreed()
  }
  const leave = () => {
    leaving.abort()
    grace ??= setTimeout(() => {
      destroy()
      free()
    }, options.graceMs)
  }
  const lifetime = setTimeout(leave, options.lifetimeMs)
  const iterator = events(leaving.signal)[Symbol.asyncIterator]()
  const next = orPing(iterator, options.pingMs)
  let isFirst = true

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (isFirst) {
          isFirst = false
          controller.enqueue(encoder.encode(RETRY))
          return
        }
        const text = await next().catch((error) => {
          options.onError(error)
          leaving.abort()
          return undefined
        })
        if (isFree) return
        if (text !== undefined) {
          controller.enqueue(encoder.encode(text))
          return
        }
        if (leaving.signal.aborted) controller.enqueue(encoder.encode(RECONNECT))
        controller.close()
        free()
      },
      cancel: free,
    },
    { highWaterMark: 0 },
  )
  return { body, leave }
}

/** The next event, or a ping where none comes; undefined at the end. */
function orPing(
  iterator: AsyncIterator<string>,
  pingMs: number,
): () => Promise<string | undefined> {
  let coming: Promise<IteratorResult<string, unknown>> | undefined
  return async () => {
    coming ??= iterator.next()
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, pingMs)
    })
    const first = await Promise.race([coming, silence]).finally(() => clearTimeout(timer))
    if (!first) return PING
    coming = undefined
    return first.done ? undefined : first.value
  }
}
