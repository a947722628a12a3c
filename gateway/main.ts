/** `npm run gateway`: answers over HTTP until it is told to end. */
import { Failure, messageOf } from '#contract'
import { createLog } from '#platform/log.ts'
import { help } from './config/help.ts'
import { readGatewayConfig } from './config.ts'
import { runGateway } from './gateway.ts'

/** npm passes on the signal that the terminal has sent already: both are one wish. */
const ONE_WISH_MS = 300
/** For closing what is open, once nothing more is waited for. */
const LAST_WORDS_MS = 3_000

if (process.argv.some((word) => word === '--help' || word === '-h')) {
  process.stdout.write(help())
  process.exit(0)
}

let log = createLog().with({ process: 'gateway' })
const drain = new AbortController()
const kill = new AbortController()
let drainedAt: number | undefined
let isReady = false

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => obey(signal))

try {
  const config = readGatewayConfig()
  log = createLog({ level: config.logLevel }).with({ process: 'gateway' })
  const onReady = (port: number) => {
    isReady = true
    if (process.stdout.isTTY) process.stderr.write(`i2i gateway: http://127.0.0.1:${port}/docs\n`)
  }
  const outcome = await runGateway(config, {
    ...{ log, onReady },
    ...{ drain: drain.signal, kill: kill.signal },
  })
  log.info('left', { outcome })
  process.exit(outcome === 'drained' ? 0 : 1)
} catch (error) {
  log.error('not started', { error })
  const mend = error instanceof Failure ? '' : ' This should not have happened.'
  process.stderr.write(`i2i gateway: ${messageOf(error)}${mend}\n`)
  process.exit(1)
}

function obey(signal: NodeJS.Signals): void {
  const now = performance.now()
  // It has promised nothing to anybody yet.
  if (!isReady) process.exit(0)
  if (drainedAt === undefined) {
    drainedAt = now
    log.info('draining', { signal })
    drain.abort()
  } else if (now - drainedAt > ONE_WISH_MS) {
    log.warn('ending at once', { signal })
    kill.abort()
    setTimeout(() => process.exit(1), LAST_WORDS_MS)
  }
}
