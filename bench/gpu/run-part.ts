/**
 * Runs a part in a process of its own and hears what it finds. A process that dies in a step, or hangs in it,
 * loses that step alone: the next process goes on behind it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { type Row, readSaid } from './part-task.ts'

export interface PartCommand {
  /** The command that takes all steps but those named. */
  readonly argv: (skip: readonly string[]) => readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  readonly limitMs: number
  /** The longest that one step may take. */
  readonly stepLimitMs: number
}

export interface PartEvents {
  onStep(step: string): void
  onRow(row: Row): void
  /** What a library said, line by line. */
  onLine(line: string): void
}

/** Resolves with how it ended: `done`, or why not all steps were taken. Never rejects. */
export async function runPart(command: PartCommand, events: PartEvents): Promise<string> {
  const deadline = performance.now() + command.limitMs
  const skip: string[] = []
  while (true) {
    const left = deadline - performance.now()
    const life = await live(command, { skip, left }, events)
    if (life.isDone) return 'done'
    skip.push(...life.steps)
    const during = life.steps.at(-1)
    // It did not get as far as its first step, and would not the next time.
    if (during === undefined) return life.end
    if (!life.hasFailedItself) events.onRow({ what: during, failed: life.end })
    if (performance.now() >= deadline) return NO_TIME
  }
}

interface Life {
  /** Those it began, in order. */
  readonly steps: readonly string[]
  readonly isDone: boolean
  /** It said itself that the last step failed. */
  readonly hasFailedItself: boolean
  readonly end: string
}

/** From the start of one process to its end. */
function live(
  { argv, environment, stepLimitMs }: PartCommand,
  { skip, left }: { readonly skip: readonly string[]; readonly left: number },
  events: PartEvents,
): Promise<Life> {
  const [program, ...options] = argv(skip)
  const child = spawn(program, options, {
    // A group of its own, so that its children end with it.
    detached: true,
    env: { ...process.env, ...environment, ROWS_FD: '3' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const steps: string[] = []
  let [isDone, hasFailedItself] = [false, false]
  let verdict: string | undefined
  let lastWords = ''
  const end = (why: string) => {
    verdict ??= why
    killGroup(child)
  }
  const timer = setTimeout(() => end(NO_TIME), left)
  let stepTimer: NodeJS.Timeout | undefined

  hear(child, 3, (line) => {
    const said = readSaid(line)
    if (!said) return
    if ('step' in said) {
      steps.push(said.step)
      hasFailedItself = false
      clearTimeout(stepTimer)
      const why = `killed: it took more than ${Math.round(stepLimitMs / 1000)} s`
      stepTimer = setTimeout(() => end(why), stepLimitMs)
      events.onStep(said.step)
    } else if ('row' in said) {
      hasFailedItself = said.row.failed !== undefined
      events.onRow(said.row)
    } else {
      isDone = true
      clearTimeout(stepTimer)
      stepTimer = setTimeout(() => end('killed: it did not end by itself'), PATIENCE_MS)
    }
  })
  for (const output of [1, 2]) {
    hear(child, output, (line) => {
      if (output === 2 && line.trim()) lastWords = line.trim().slice(0, LONGEST_WORDS)
      events.onLine(line)
    })
  }
  // Its group is not ours: nobody else would end it with us.
  const onExit = () => killGroup(child)
  process.once('exit', onExit)
  return new Promise((resolve) => {
    const conclude = (how: string) => {
      clearTimeout(timer)
      clearTimeout(stepTimer)
      process.off('exit', onExit)
      // What it started and did not end.
      killGroup(child)
      resolve({ steps, isDone, hasFailedItself, end: verdict ?? how })
    }
    child.once('error', (error) => conclude(`${program} cannot be run here: ${error.message}`))
    child.once('close', (code, signal) =>
      conclude(`its process ended with ${signal ?? code}: ${lastWords}`),
    )
  })
}

/** For a process that has said all, and only has to let go of its GPU. */
const PATIENCE_MS = 2000
const NO_TIME = 'killed: the part had no time left'
const LONGEST_WORDS = 400

function hear(child: ChildProcess, output: number, onLine: (line: string) => void): void {
  const stream = child.stdio[output]
  if (stream instanceof Readable) createInterface({ input: stream }).on('line', onLine)
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, with all that it started.
  }
}
