/**
 * The decoder's process: strangers' pictures are parsed here and nowhere else. It knows no secret,
 * has little memory, and is meant to be killed.
 */

import { Failure, messageOf } from '#contract'
import { decodeImage } from '../decode.ts'
import { fitImage } from '../fit.ts'
import { inspectImage } from '../inspect.ts'
import type { Answers, FromDecoder, Task, ToDecoder } from './messages.ts'

process.on('message', ({ id, task }: ToDecoder) => {
  execute(task).then(
    (answer) => say({ id, kind: 'answer', answer }),
    (error) => say({ id, kind: 'failed', ...described(error) }),
  )
})
// Ctrl-C reaches the whole group of a terminal's processes: what to do about it is the parent's to say.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
say({ kind: 'ready' })

async function execute(task: Task): Promise<Answers[Task['kind']]> {
  if (task.kind === 'measure') {
    const { autoOrient } = await inspectImage(task.bytes)
    return { width: autoOrient.width, height: autoOrient.height }
  }
  const image = await decodeImage(task.bytes, task.limits)
  return task.fit ? fitImage(image, task.fit) : image
}

function described(
  error: unknown,
): Pick<Extract<FromDecoder, { kind: 'failed' }>, 'code' | 'message'> {
  // Memory that is in pieces by now is whole again in the next process.
  if (isOutOfMemory(error)) endFor('out of memory')
  if (error instanceof Failure) return { code: error.code, message: error.message }
  return { code: 'internal', message: messageOf(error) }
}

/** libvips and V8 say so in words; the Failure around them blames the picture's bytes. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /out of memory|allocation failed/i.test(error.message) || isOutOfMemory(error.cause)
}

function endFor(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}

function say(message: FromDecoder): void {
  process.send?.(message)
}
