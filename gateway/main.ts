/** `npm run gateway`: answers over HTTP until it is told to end. */
import './young-garbage.ts'
import { Failure, messageOf } from '#contract'
import { gatheredOutput } from '#platform/gathered-output.ts'
import { heedSignals } from '#platform/heed-signals.ts'
import { createLog } from '#platform/log.ts'
import { help } from './config/help.ts'
import { readGatewayConfig } from './config.ts'
import { runGateway } from './gateway.ts'

if (process.argv.some((word) => word === '--help' || word === '-h')) {
  process.stdout.write(help())
  process.exit(0)
}

let log = createLog().with({ process: 'gateway' })
let isReady = false

const { drain, kill } = heedSignals({ log: () => log, onDrain: leaveIfEarly })

try {
  const config = readGatewayConfig()
  log = createLog({ level: config.logLevel, destination: gatheredOutput() }).with({
    process: 'gateway',
  })
  const onReady = (port: number) => {
    isReady = true
    if (process.stdout.isTTY) process.stderr.write(`i2i gateway: http://127.0.0.1:${port}/docs\n`)
  }
  const outcome = await runGateway(config, {
    ...{ log, onReady },
    ...{ drain, kill },
  })
  log.info('left', { outcome })
  process.exit(outcome === 'drained' ? 0 : 1)
} catch (error) {
  log.error('not started', { error })
  const mend = error instanceof Failure ? '' : ' This should not have happened.'
  process.stderr.write(`i2i gateway: ${messageOf(error)}${mend}\n`)
  process.exit(1)
}

function leaveIfEarly(): void {
  // It has promised nothing to anybody yet.
  if (!isReady) process.exit(0)
}
