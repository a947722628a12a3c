/** A process that works beside the measured ones until it is told to end; what it says goes to a file. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { typescriptLoader } from '#platform/typescript-loader.ts'

export interface OpenProcess extends AsyncDisposable {
  readonly pid: number
  /** What it said by which it was known to be ready. */
  readonly ready: RegExpExecArray
  /** All that it has said. */
  readonly said: () => string
  /** Asks it to end, and waits until it has. */
  readonly end: () => Promise<void>
}

export interface ProcessToOpen {
  readonly script: URL
  /** Handed over as the script's one argument, in JSON. */
  readonly task?: Readonly<Record<string, unknown>>
  /** Of Node. */
  readonly flags?: readonly string[]
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>
  /** Where what it says is written. */
  readonly file: string
  /** What it says once it is ready. */
  readonly readyAt: RegExp
}

const START_MS = 60_000
const END_MS = 20_000

/** Throws where it ends before it is ready, with what it said last. */
export async function openProcess(given: ProcessToOpen): Promise<OpenProcess> {
  const { script, task, flags = [], file } = given
  const output = openSync(file, 'w')
  const words = task ? [JSON.stringify(task)] : []
  const child = spawn(
    process.execPath,
    [...flags, ...typescriptLoader(), fileURLToPath(script), ...words],
    { stdio: ['ignore', output, output], env: { ...process.env, ...given.env } },
  )
  closeSync(output)
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const said = () => readFileSync(file, 'utf8')
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const timer = setTimeout(kill, END_MS)
    await ended
    clearTimeout(timer)
    process.off('exit', kill)
  }
  const until = performance.now() + START_MS
  for (;;) {
    const ready = given.readyAt.exec(said())
    const { pid } = child
    if (ready && pid !== undefined) {
      return { pid, ready, said, end, [Symbol.asyncDispose]: end }
    }
    if (child.exitCode !== null || performance.now() > until) {
      await end()
      throw new Error(`${fileURLToPath(script)} was not ready: ${said().slice(-1_000)}`)
    }
    await delay(20)
  }
}
