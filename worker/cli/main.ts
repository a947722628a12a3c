/** `npm run i2i`: the engine without queue or HTTP. */
import { Failure, messageOf } from '#contract'
import { bearClosedOutput } from '#platform/bear-closed-output.ts'
import { readArguments } from './arguments.ts'
import { readConfig } from './config.ts'
import { enhance } from './enhance.ts'
import { asJson as enhancementAsJson, asText as enhancementAsText } from './enhance-report.ts'
import { help } from './help.ts'
import { INTERRUPTED, onInterrupt } from './interruption.ts'
import { createProgressLine } from './progress-line.ts'
import { asJson, asText } from './report.ts'
import { run } from './run.ts'

bearClosedOutput()

const typed = process.argv.slice(2)
const line = createProgressLine(process.stderr)
const signal = onInterrupt()
let isDebugging = false

if (typed.length === 0) {
  process.stderr.write(help)
  process.exitCode = 1
} else {
  try {
    await obey()
  } catch (error) {
    process.exitCode = explain(error)
  }
}

async function obey(): Promise<void> {
  const args = readArguments(typed)
  if (args === 'help') {
    process.stdout.write(help)
    return
  }
  const config = readConfig()
  isDebugging = config.isDebugging
  const isJson = args.given.json !== undefined
  if (args.command === 'enhance') {
    const report = await enhance(args, { config, line, signal })
    process.stdout.write(`${isJson ? enhancementAsJson(report) : enhancementAsText(report)}\n`)
    return
  }
  const report = await run(args, { config, line, signal })
  process.stdout.write(`${isJson ? asJson(report) : asText(report)}\n`)
}

/** One line, and the exit status. */
function explain(error: unknown): number {
  if (signal.aborted) {
    line.notice('Cancelled; nothing was written.')
    return INTERRUPTED
  }
  const isOurs = error instanceof Failure
  const said = messageOf(error).replace(/\s*\n\s*/g, ' ')
  line.notice(isOurs ? said : `This should not have happened: ${said} (DEBUG=1 shows where.)`)
  if (!isOurs && isDebugging) console.error(error)
  return 1
}
