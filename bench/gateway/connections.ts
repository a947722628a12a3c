/**
 * Kept connections that carry one request at a time, as plain as HTTP/1.1 allows: whoever generates load shares the
 * machine with what it measures, and undici's client takes 0.1 to 0.2 ms of a processor for each request, a fifth of
 * what the gateway takes.
 */
import { connect, type Socket } from 'node:net'

export interface Answered {
  readonly status: number
  /** Of a Location header; '' where there is none. */
  readonly location: string
}

export interface Connections {
  /** By the next connection that is free, first come first served. @param text head and body, whole. */
  readonly ask: (text: string) => Promise<Answered>
  readonly close: () => void
}

interface Asked {
  readonly text: string
  readonly resolve: (answered: Answered) => void
  readonly reject: (error: Error) => void
}

/** Opens all of them. Answers must say how long they are. Throws where nobody listens. */
export async function openConnections(origin: string, count: number): Promise<Connections> {
  const { hostname, port } = new URL(origin)
  const waiting: Asked[] = []
  const free: ((asked: Asked) => void)[] = []
  const sockets = await Promise.all(
    Array.from({ length: count }, () => opened(hostname, Number(port))),
  )
  for (const socket of sockets) serve(socket, { waiting, free })
  return {
    ask: (text) =>
      new Promise((resolve, reject) => {
        const asked = { text, resolve, reject }
        const send = free.pop()
        if (send) send(asked)
        else waiting.push(asked)
      }),
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function opened(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

interface Line {
  readonly waiting: Asked[]
  readonly free: ((asked: Asked) => void)[]
}

function serve(socket: Socket, { waiting, free }: Line): void {
  let current: Asked | undefined
  let received = ''
  const send = (asked: Asked) => {
    current = asked
    socket.write(asked.text)
  }
  const next = () => {
    current = undefined
    const asked = waiting.shift()
    if (asked) send(asked)
    else free.push(send)
  }
  // A byte a character, so that lengths are those of bytes.
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    const answer = wholeAnswer(received)
    if (!answer) return
    received = ''
    current?.resolve(answer)
    next()
  })
  const fail = (error: Error) => {
    current?.reject(error)
    current = undefined
    const i = free.indexOf(send)
    if (i >= 0) free.splice(i, 1)
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('closed')))
  next()
}

/** Undefined while there is more to come. */
function wholeAnswer(text: string): Answered | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer does not say how long it is: ${head}`)
  if (text.length < end + 4 + Number(length)) return undefined
  const location = /\r\nlocation: ([^\r]*)/i.exec(head)?.[1] ?? ''
  return { status: Number(head.slice(9, 12)), location }
}
