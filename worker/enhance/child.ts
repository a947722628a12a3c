/**
 * The enhancer's process: a Qwen 2.5 on a device, and one command at a time. It blocks while the network runs, may run
 * out of memory or hang, and is meant to be killed then.
 */
import { obey } from '#platform/child/obey.ts'
import { failureIn } from '#worker/engine/failure-of.ts'
import type { Continuer } from './continuer.ts'
import type { Answers, Command, LoadProgress } from './messages.ts'
import { type CheckedQwen, checkQwen } from './open-qwen.ts'

let checked: CheckedQwen | undefined
let opened: Continuer | undefined

// Nothing here can be interrupted: a run is one call, and whoever no longer waits for it does not.
obey<Command, Answers[keyof Answers], LoadProgress>(async (command, { begin, report }) => {
  switch (command.kind) {
    case 'check':
      checked = await checkQwen(command)
      return checked.info
    case 'load':
      if (!checked) throw new Error('the enhancer was told to load before it was told to check')
      opened = await checked.open((share) => {
        // Of a large checkpoint it takes minutes, so that each share is a sign of life.
        begin('round')
        report(share)
      })
      return undefined
    case 'complete':
      if (!opened) throw new Error('the enhancer was told to write before it was told to load')
      return opened.complete(command)
  }
}, failureIn)
