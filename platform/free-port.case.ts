/** A port for a server that may be ended and started anew on it: none of those that the system gives to whoever asks. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Linux gives 32,768 and more, so that by the time of a second start one of those could be another's. */
const [FIRST, LAST] = [20_000, 32_000]

/** One of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST)
    const probe = createServer().listen(port, '127.0.0.1')
    try {
      await once(probe, 'listening')
    } catch {
      continue
    }
    probe.close()
    await once(probe, 'close')
    return port
  }
}
