/** The other side of a watched process: it does as its parent says, one command at a time, and ends with it. */
import { Failure, messageOf } from '#contract'
import type { AnyCommand, FromProcess, ToProcess } from './messages.ts'
import { isOutOfMemory } from './out-of-memory.ts'

/** What a command is done by. */
export interface Turn<Progress> {
  /** Aborted once the parent wants no answer any more. */
  readonly signal: AbortSignal
  /** What it is at: the kind of its command until another begins. */
  readonly stage: string
  /** A sign of life: `stage` begins now, and has its own deadline. */
  readonly begin: (stage: string) => void
  readonly report: (progress: Progress) => void
}

/** @param failureOf says of what was thrown in a turn what the parent is told. */
export function obey<Command extends AnyCommand, Answer, Progress = never>(
  execute: (command: Command, turn: Turn<Progress>) => Promise<Answer>,
  failureOf: (error: unknown, turn: Turn<Progress>) => Failure = asItIs,
): void {
  let running: { readonly id: number; readonly controller: AbortController } | undefined
  const say = (message: FromProcess<Answer, Progress>) => void process.send?.(message)

  const take = async (id: number, command: Command) => {
    const controller = new AbortController()
    running = { id, controller }
    let stage = command.kind
    const turn: Turn<Progress> = {
      signal: controller.signal,
      get stage() {
        return stage
      },
      begin(next) {
        stage = next
        say({ kind: 'stage', id, stage })
      },
      report: (progress) => say({ kind: 'progress', id, progress }),
    }
    try {
      say({ kind: 'answer', id, answer: await execute(command, turn) })
    } catch (error) {
      const { code, message } = failureOf(error, turn)
      say({ kind: 'failed', id, code, message })
    }
  }

  process.on('message', (message: ToProcess<Command>) => {
    if (message.kind === 'command') void take(message.id, message.command)
    else if (message.id === running?.id) running.controller.abort()
  })
  // Ctrl-C reaches the whole group of a terminal's processes: what to do about it is the parent's to say.
  process.on('SIGINT', () => {})
  // The parent is gone, or has let go: nothing here is worth finishing.
  process.on('disconnect', () => process.exit(0))
}

function asItIs(error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = messageOf(error)
  return new Failure(isOutOfMemory(message) ? 'out-of-memory' : 'internal', message)
}
