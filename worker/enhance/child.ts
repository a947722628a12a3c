/**
 * The enhancer's process: a Qwen 2.5 on a device, and one command at a time. It blocks while the network runs, may run
 * out of memory or hang, and is meant to be killed then.
 */
import { codeOf, messageFor } from '#worker/engine/failure-of.ts'
import type { Continuer } from './continuer.ts'
import type { Answers, Command, FromEnhancer, ToEnhancer } from './messages.ts'
import { type CheckedQwen, checkQwen } from './open-qwen.ts'

let checked: CheckedQwen | undefined
let opened: Continuer | undefined

const say = (message: FromEnhancer): void => {
  process.send?.(message)
}

process.on('message', (message: ToEnhancer) => {
  // Nothing here can be interrupted: a run is one call, and whoever no longer waits for it does not.
  if (message.kind === 'command') void obey(message.id, message.command)
})
// Ctrl-C reaches the whole group of a terminal's processes: what to do about it is the parent's to say.
process.on('SIGINT', () => {})
// The parent is gone, or has let go: nothing here is worth finishing.
process.on('disconnect', () => process.exit(0))

async function obey(id: number, command: Command): Promise<void> {
  try {
    say({ kind: 'answer', id, answer: await execute(id, command) })
  } catch (error) {
    const code = codeOf(error, false)
    say({ kind: 'failed', id, code, message: messageFor(error, code, command.kind) })
  }
}

async function execute(id: number, command: Command): Promise<Answers[keyof Answers]> {
  switch (command.kind) {
    case 'check':
      checked = await checkQwen(command)
      return checked.info
    case 'load':
      if (!checked) throw new Error('the enhancer was told to load before it was told to check')
      opened = await checked.open((share) => {
        // Of a large checkpoint it takes minutes, so that each share is a sign of life.
        say({ kind: 'stage', id, stage: 'round' })
        say({ kind: 'progress', id, progress: share })
      })
      return undefined
    case 'complete':
      if (!opened) throw new Error('the enhancer was told to write before it was told to load')
      return opened.complete(command)
  }
}
