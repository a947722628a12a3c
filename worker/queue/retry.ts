/** `retry`: what failed goes to the back of the queue, all counters at nought. */
import { Failure, identify, type JobStatus, type Queue } from '#contract'
import { unknownJob } from './unknown-job.ts'

/** @returns what was done, in a sentence. Throws `request-invalid` for what has not failed, `not-found`. */
export async function retry(queue: Queue, name: string): Promise<string> {
  const letter = await queue.dead.find(name)
  const id = letter?.id ?? name
  const known = letter && letter.id === undefined ? undefined : (await queue.byHand.glance([id]))[0]
  const stays = known && stayOf(known.status)
  if (stays !== undefined) throw new Failure('request-invalid', `${id} ${stays}`)
  const also = isGateways(letter?.raw ?? (await queue.job(id))?.raw) ? IN_VAIN : ''
  if (letter) {
    if (await queue.dead.retry(letter))
      return `${named(letter)} is at the back of the queue.${also}`
    throw new Failure('not-found', `${named(letter)} is no dead letter any more.`)
  }
  const answer = await queue.byHand.retry(id)
  if (answer === 'retried') return `${id} is at the back of the queue.${also}`
  if (answer !== 'unknown') throw new Failure('request-invalid', `${id} is ${answer} by now.`)
  if (await queue.byHand.findWaiting(id)) {
    throw new Failure('request-invalid', `${id} waits already, and nobody has tried it yet.`)
  }
  throw unknownJob(id)
}

/** @returns how many jobs went back, and how many letters that are none stay. */
export async function retryAllDead(
  queue: Queue,
): Promise<{ readonly retried: number; readonly kept: number }> {
  // Those that die meanwhile are not retried, or this would go on for as long as they do.
  const { dead: total } = await queue.depth()
  let retried = 0
  let kept = 0
  for (let left = total; left > 0; ) {
    const letters = await queue.dead.list({ from: kept, count: Math.min(PAGE, left) })
    if (letters.length === 0) break
    left -= letters.length
    for (const letter of letters) {
      if (letter.id === undefined) kept++
      else if (await queue.dead.retry(letter)) retried++
    }
  }
  return { retried, kept }
}

const PAGE = 50

const named = ({ id, name }: { readonly id?: string; readonly name: string }): string =>
  id ?? `The letter ${name.slice(0, 10)}`

/** The first end of a job counts there, and another provider may have made the picture. */
const IN_VAIN =
  ' A gateway pushed it: where that has ended the job, it throws the picture away. Ask it anew instead.'

const isGateways = (raw = ''): boolean => identify(raw, () => '')?.owner === 'gateway'

/** Why there is nothing to retry; undefined for what failed. */
function stayOf(status: JobStatus): string | undefined {
  switch (status) {
    case 'active':
      return 'runs. Drop it to end it.'
    case 'queued':
      return 'waits already.'
    case 'delayed':
      return 'was put off, and is tried again without that.'
    case 'completed':
      return 'has completed: there is nothing to retry.'
    case 'cancelled':
      return 'was cancelled. Push it anew under another id.'
    case 'failed':
      return undefined
  }
}
