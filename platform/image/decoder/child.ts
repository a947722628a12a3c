/**
 * The decoder's process: strangers' pictures are parsed here and nowhere else. It knows no secret,
 * has little memory, and is meant to be killed.
 */

import { Failure, messageOf } from '#contract'
import { obey } from '../../child/obey.ts'
import { isOutOfMemory } from '../../child/out-of-memory.ts'
import { decodeImage } from '../decode.ts'
import { fitImage } from '../fit.ts'
import { inspectImage } from '../inspect.ts'
import type { Answers, Task } from './messages.ts'

obey<Task, Answers[keyof Answers]>(execute, (error) => {
  // Of decoding or of sending the pixels. Memory that is in pieces by now is whole again in the next process.
  if (isForWantOfMemory(error)) endFor('out of memory')
  return error instanceof Failure ? error : new Failure('internal', messageOf(error))
})

async function execute(task: Task): Promise<Answers[keyof Answers]> {
  switch (task.kind) {
    case 'start':
      return undefined
    case 'measure': {
      const { autoOrient } = await inspectImage(task.bytes)
      return { width: autoOrient.width, height: autoOrient.height }
    }
    case 'decode': {
      const image = await decodeImage(task.bytes, task.limits)
      return task.fit ? fitImage(image, task.fit) : image
    }
  }
}

/** libvips and V8 say so in words; the Failure around them blames the picture's bytes. */
const isForWantOfMemory = (error: unknown): boolean =>
  error instanceof Error && (isOutOfMemory(error.message) || isForWantOfMemory(error.cause))

function endFor(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}
