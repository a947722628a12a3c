/** A relay in front of Redis that does on purpose what networks do by chance. */
import { connect, createServer, type Socket } from 'node:net'

/**
 * `pass`; `drop-replies`: commands arrive, answers do not; `black-hole`: nothing arrives, nothing is said;
 * `cut`: connections end at once, new ones too.
 */
export type Fault = 'pass' | 'drop-replies' | 'black-hole' | 'cut'

export interface FaultProxy extends AsyncDisposable {
  readonly url: string
  readonly set: (fault: Fault) => void
  /** Ends the connections that there are; new ones pass. */
  readonly cutConnections: () => void
}

export async function faultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port, username, password } = new URL(target)
  let fault: Fault = 'pass'
  const sockets = new Set<Socket>()
  const cutConnections = () => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer((client) => {
    if (fault === 'cut') return client.destroy()
    const redis = connect(Number(port), hostname)
    const end = () => {
      client.destroy()
      redis.destroy()
      sockets.delete(client)
    }
    sockets.add(client)
    for (const socket of [client, redis]) socket.on('close', end).on('error', end)
    client.on('data', (data) => fault !== 'black-hole' && redis.write(data))
    redis.on('data', (data) => fault === 'pass' && client.write(data))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const login = username || password ? `${username}:${password}@` : ''
  return {
    url: `redis://${login}127.0.0.1:${address.port}`,
    set(next) {
      fault = next
      if (next === 'cut') cutConnections()
    },
    cutConnections,
    async [Symbol.asyncDispose]() {
      cutConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
