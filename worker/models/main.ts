/** `npm run models`: fetches a checkpoint to where a worker finds it. */
import { resolve } from 'node:path'
import { Failure, messageOf } from '#contract'
import { bearClosedOutput } from '#platform/bear-closed-output.ts'
import { INTERRUPTED, onInterrupt } from '#worker/cli/interruption.ts'
import { createProgressLine } from '#worker/cli/progress-line.ts'
import { help, readArguments } from './arguments.ts'
import { readModelsConfig, variablesHelp } from './config.ts'
import { pull } from './pull.ts'
import { sourceOf } from './source.ts'

bearClosedOutput()

/** sysexits.h: a failure that may pass by itself. */
const TEMPORARY = 75

const signal = onInterrupt()
const { stderr, stdout } = process
const line = createProgressLine(stderr)

try {
  await obey()
} catch (error) {
  line.end()
  process.exitCode = explain(error)
}

async function obey(): Promise<void> {
  const errand = readArguments(process.argv.slice(2))
  if (!errand) {
    stdout.write(`${help}\nIn the environment:\n${variablesHelp()}\n`)
    return
  }
  const { tokens, hosts, folder } = readModelsConfig()
  const { url, to, name, sha256 } = errand
  const source = sourceOf(url, tokens, hosts)
  const at = { source, folder: resolve(folder, to), name, sha256 }
  const found = await pull({ ...at, line, isTTY: stderr.isTTY, signal })
  line.end()
  const checked = {
    given: 'as was asked for',
    host: `as ${source.url.host} says`,
    nobody: 'which nobody has vouched for: note it for --sha256',
  }[found.checkedBy]
  stdout.write(`${found.path}\nSHA-256 ${found.sha256}, ${checked}\n`)
}

function explain(error: unknown): number {
  if (signal.aborted) {
    stderr.write('models: Interrupted; the same command goes on from where it was.\n')
    return INTERRUPTED
  }
  const said = messageOf(error).replace(/\s*\n\s*/g, ' ')
  if (!(error instanceof Failure)) {
    stderr.write(`models: This should not have happened: ${said}\n`)
    return 1
  }
  stderr.write(`models: ${said}\n`)
  // A disk has to be mended first, however well the command goes on then.
  return error.retryable && error.code !== 'storage-failed' ? TEMPORARY : 1
}
