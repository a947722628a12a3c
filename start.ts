/** `npm start`: the whole in one process, which needs nothing but Node: gateway, worker, database and files. */
import { Failure, messageOf } from '#contract'
import { heedSignals } from '#platform/heed-signals.ts'
import { createLog } from '#platform/log.ts'
import type { HasProcess } from '#worker/daemon/equipment.ts'
import { readEmbeddedConfig } from './embedded/config.ts'
import { help } from './embedded/help.ts'
import { noticesOf } from './embedded/notices.ts'
import { runEmbedded } from './embedded/run-embedded.ts'

if (process.argv.some((word) => word === '--help' || word === '-h')) {
  process.stdout.write(help())
  process.exit(0)
}

let log = createLog()
const children: HasProcess[] = []

const { drain, kill } = heedSignals({
  log: () => log,
  onDrain: () => say('ending; what waits goes on at the next start'),
})
// Processes that are within a network hear nothing of our end, and would work on for nobody.
process.once('exit', () => {
  for (const { pid } of children) if (pid !== undefined) endIfThere(pid)
})

try {
  const config = readEmbeddedConfig()
  log = createLog({ level: config.gateway.logLevel })
  const { host } = config.gateway
  const outcome = await runEmbedded(config, {
    ...{ log, drain, kill },
    onChild: (child) => children.push(child),
    onCheckpoint: (pictures) => {
      void noticesOf(config, pictures)
        .then((sentences) => sentences.forEach(notice))
        .catch((error) => log.warn('machine not examined', { error }))
    },
    onReady: (port) => say(`ready at http://${asName(host)}:${port}/ (Ctrl-C ends it)`),
    onLoaded: (device) => log.info('can draw', { device }),
  })
  log.info('left', { outcome })
  // What is left undone waits for the next start, which is as it should be.
  process.exit(kill.aborted ? 1 : 0)
} catch (error) {
  log.error('not started', { error })
  const mend = error instanceof Failure ? '' : ' This should not have happened.'
  say(`${messageOf(error)}${mend}`)
  process.exit(1)
}

function notice(sentence: string): void {
  log.info('noted', { reason: sentence })
  say(sentence)
}

function say(sentence: string): void {
  process.stderr.write(`i2i: ${sentence}\n`)
}

/** One that a browser on this machine can open. */
function asName(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself, and others are still to be ended.
  }
}
