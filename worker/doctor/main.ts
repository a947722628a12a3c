/** `npm run doctor`: what is here and what is missing, with the mend. */
import { Failure, messageOf } from '#contract'
import { bearClosedOutput } from '#platform/bear-closed-output.ts'
import { INTERRUPTED, onInterrupt } from '#worker/cli/interruption.ts'
import { help, readErrand } from './arguments.ts'
import { checks } from './checks.ts'
import { readConfig } from './config.ts'
import { fetchCuda } from './fetch-cuda.ts'
import { examine } from './machine.ts'
import { asJson, isWell, lineOf, type NamedFinding, verdictOf } from './report.ts'

bearClosedOutput()

const signal = onInterrupt()

try {
  process.exitCode = await obey()
} catch (error) {
  process.exitCode = explain(error)
}

async function obey(): Promise<number> {
  const errand = readErrand(process.argv.slice(2))
  if (errand === 'help') {
    process.stdout.write(help)
    return 0
  }
  if (errand === 'fetch CUDA') {
    process.stdout.write(`${await fetchCuda({ stream: process.stderr, signal })}\n`)
    return 0
  }
  const isJson = errand === 'check as JSON'
  const findings = await lookAtAll((finding) => {
    if (!isJson) process.stdout.write(`${lineOf(finding)}\n`)
  })
  process.stdout.write(isJson ? `${asJson(findings)}\n` : `\n${verdictOf(findings)}\n`)
  return isWell(findings) ? 0 : 1
}

/** One after another, so that each is told as it is found. */
async function lookAtAll(onFinding: (finding: NamedFinding) => void): Promise<NamedFinding[]> {
  const machine = examine(readConfig())
  const findings: NamedFinding[] = []
  for (const { name, look } of checks) {
    signal.throwIfAborted()
    const found = await look(machine)
    if (!found) continue
    findings.push({ name, ...found })
    onFinding({ name, ...found })
  }
  return findings
}

/** One line, and the exit status. */
function explain(error: unknown): number {
  if (signal.aborted) {
    process.stderr.write('doctor: Cancelled.\n')
    return INTERRUPTED
  }
  const said = messageOf(error).replace(/\s*\n\s*/g, ' ')
  const isOurs = error instanceof Failure
  process.stderr.write(`doctor: ${isOurs ? said : `This should not have happened: ${said}`}\n`)
  return 1
}
