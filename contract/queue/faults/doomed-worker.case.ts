/** A process that takes from a queue and dies at the step that its argument names, as of a SIGKILL. */
import { type ConnectOptions, connectRedis } from '#platform/redis/connect.ts'
import { idOf } from '../queue.case.ts'
import { redisQueue } from '../redis-queue.ts'

export interface Doom {
  readonly url: string
  readonly queue: string
  readonly leaseMs: number
  /** After a wait has moved an element, after a fetch has, or once it is claimed and before any beat. */
  readonly dies: 'after BLMOVE' | 'after fetch' | 'after claim'
}

const { url, queue: name, leaseMs, dies }: Doom = JSON.parse(process.argv[2] ?? '')
const die = () => process.kill(process.pid, 'SIGKILL')
const connect = (purpose: ConnectOptions['purpose']) => connectRedis(url, { purpose, name })
const waits = connect('waits')
const blockMs = Math.floor(leaseMs / 3)

const worker = redisQueue({
  commands: connect('worker'),
  openBlocking: () => ({
    interrupt: waits.interrupt,
    async call(...args) {
      const moved = await waits.call(...args)
      if (dies === 'after BLMOVE' && moved !== null) die()
      return moved
    },
  }),
  settings: { name, leaseMs, blockMs },
  idOf(raw) {
    // Between the reply of the fetch and the claim.
    if (dies === 'after fetch') die()
    return idOf(raw)
  },
}).worker('doomed')
process.send?.('takes')
for (;;) if (await worker.take()) die()
