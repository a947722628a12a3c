/** One gateway of the accounting, a process to be killed: all of it, by its environment. */
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { Failure } from '#contract'
import { createLog } from '#platform/log.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { runGateway } from '../../gateway/gateway.ts'
import { DATABASE_AWAY, gatewayTask } from './gateway-task.ts'
import { LEASE_MS, paceOf } from './settings.ts'

process.once('disconnect', () => process.exit())
// A terminal's Ctrl-C is for the accounting, which ends its gateways itself, or takes them with it.
process.on('SIGINT', () => {})
process.send?.('ready')
const [told] = await once(process, 'message')
const { variables, log: file } = gatewayTask.parse(told)

const config = readGatewayConfig(variables)
const never = new AbortController().signal
try {
  // Gateways sweep too, and are to bury after as many deaths as workers do.
  const queue = { ...config.queue, ...paceOf(LEASE_MS).settings }
  await runGateway(
    { ...config, queue },
    {
      log: createLog({ destination: { write: (line) => appendFileSync(file, line) } }),
      ...{ drain: never, kill: never },
      onReady: (port) => process.send?.({ port }),
    },
  )
} catch (error) {
  // Whoever keeps a gateway running starts it again then, as is done here.
  if (error instanceof Failure && error.code === 'database-unavailable') process.exit(DATABASE_AWAY)
  throw error
}
