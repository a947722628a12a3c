/** `drop`: a job or a dead letter is taken away for good, and whoever waits for it is told. */
import { type DeadLetter, Failure, type Queue } from '#contract'
import { unknownJob } from './unknown-job.ts'

/** @returns what was done, in a sentence. Throws `request-invalid` for a job that is over, `not-found`. */
export async function drop(queue: Queue, name: string): Promise<string> {
  const letter = await queue.dead.find(name)
  if (letter && letter.id === undefined) {
    await dropLetter(queue, letter)
    return `The letter ${letter.name.slice(0, 10)} is gone.`
  }
  const id = letter?.id ?? name
  const { answer, copies } = await queue.byHand.drop(id)
  const also = letter ? ' Its dead letter stays: drop it once more for that.' : ''
  switch (answer) {
    case 'dropped':
      return `${id} is gone from the queue, and its owner will be told that it was cancelled.${also}`
    case 'cancelling':
      return `${id} runs: it ends as cancelled, and its owner is told so, once its worker hears of it or is found dead.${also}`
    default:
      break
  }
  if (letter) {
    await dropLetter(queue, letter)
    return `The dead letter of ${id} is gone. Its owner was told when it died.`
  }
  if (answer === 'unknown') throw unknownJob(id)
  const over =
    answer === 'completed' ? 'has completed' : answer === 'failed' ? 'has failed' : 'was cancelled'
  if (copies > 0) return `${id} ${over}, and the copy of it that waited is gone.`
  throw new Failure('request-invalid', `${id} ${over}: there is nothing to drop.`)
}

async function dropLetter(queue: Queue, letter: DeadLetter): Promise<void> {
  if (await queue.dead.drop(letter)) return
  throw new Failure('not-found', `The letter ${letter.name.slice(0, 10)} is gone already.`)
}
