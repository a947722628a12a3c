/** `npm run worker`: takes jobs from the queue until it is told to end. */
import { Failure, messageOf } from '#contract'
import { heedSignals } from '#platform/heed-signals.ts'
import { createLog } from '#platform/log.ts'
import { readDaemonConfig } from './config.ts'
import { runDaemon } from './daemon.ts'
import { equipmentOf, type HasProcess } from './equipment.ts'
import { help } from './help.ts'

if (process.argv.some((word) => word === '--help' || word === '-h')) {
  process.stdout.write(help())
  process.exit(0)
}

const log = createLog().with({ process: 'worker' })
const children: HasProcess[] = []

const { drain, kill } = heedSignals({ log: () => log })
// Processes that are within a network hear nothing of our end, and would work on for nobody.
process.once('exit', () => {
  for (const { pid } of children) if (pid !== undefined) endIfThere(pid)
})

try {
  const config = readDaemonConfig()
  const equipment = equipmentOf(config, (child) => children.push(child))
  const signals = { drain, kill }
  const outcome = await runDaemon(config, log, { ...signals, equipment })
  log.info('left', { outcome })
  process.exit(outcome === 'drained' ? 0 : 1)
} catch (error) {
  // It had taken nothing yet.
  if (drain.aborted) process.exit(0)
  log.error('not started', { error })
  const mend = error instanceof Failure ? '' : ' This should not have happened.'
  process.stderr.write(`i2i worker: ${messageOf(error)}${mend}\n`)
  process.exit(1)
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself, and others are still to be ended.
  }
}
