/** Clients of gateways: each asks for a picture under a key of its own, and again until a gateway has answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { chance } from './plan.ts'

/** By the number of a request, the ids that it was answered with: one, unless a key made two jobs. */
export type Answers = Map<number, Set<string>>

export interface Asking {
  /** Of gateways that answer just now. */
  readonly urls: () => readonly string[]
  readonly jobs: number
  readonly seed: number
  /** Where references are fetched from. */
  readonly reference: string
  /** Where callbacks are to go. */
  readonly callback: string
  /** Filled by and by. */
  readonly answers: Answers
  /** How many were delivered so far, of those beside them too. */
  readonly delivered: () => number
  /** How many were taken so far, of those beside them too. */
  readonly taken: () => number
  /** Ends it before all is asked. */
  readonly signal: AbortSignal
}

const CLIENTS = 4
/** So far they keep ahead of the workers: they go on through the whole run, and requests meet every fault. */
const AHEAD = 60
/** A gateway that is frozen does not answer, and another is asked then. */
const PATIENCE_MS = 2_000

export async function ask(asking: Asking): Promise<void> {
  const { jobs, seed, answers, delivered, taken, signal } = asking
  const { between } = chance(seed, 'clients')
  let next = 0
  const askAll = async () => {
    while (next < jobs && !signal.aborted) {
      if (taken() - delivered() > AHEAD) {
        await sleep(10)
        continue
      }
      const number = next++
      const ids = new Set<string>()
      // Some ask once more though they were answered, as one does who lost the answer.
      const times = between(1, 10) === 1 ? 2 : 1
      for (let time = 0; time < times; time++) {
        const id = await untilTaken(number, asking)
        if (id !== undefined) ids.add(id)
      }
      if (ids.size > 0) answers.set(number, ids)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, askAll))
}

/** @returns the job's id; undefined where it was ended before. */
async function untilTaken(number: number, asking: Asking): Promise<string | undefined> {
  for (let turn = number; !asking.signal.aborted; turn++) {
    const urls = asking.urls()
    const id = await post(urls[turn % urls.length], number, asking)
    if (id !== undefined) return id
    await sleep(50)
  }
  return undefined
}

/** Undefined where there was no answer, or one that says to ask again. */
async function post(
  url: string | undefined,
  number: number,
  asking: Asking,
): Promise<string | undefined> {
  if (url === undefined) return undefined
  const said = await answerOf(`${url}/v1/jobs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': `request ${asking.seed} ${number}`,
    },
    body: JSON.stringify(requestOf(number, asking)),
  })
  if (!said || said.status >= 500) return undefined
  if (said.status === 202) return accepted.parse(JSON.parse(said.text)).jobId
  throw new Error(`request ${number} was answered ${said.status}: ${said.text}`)
}

const accepted = z.object({ jobId: z.string() })

async function answerOf(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
    return { status: response.status, text: await response.text() }
  } catch {
    // Killed, frozen or cut off: whether it was taken is not known.
    return undefined
  }
}

/** Follows from the number. One in eight has a reference, one in eight two pictures. */
function requestOf(number: number, { seed, reference, callback }: Asking): object {
  return {
    prompt: `a harbour at dawn, ${number}`,
    seed: (seed * 1_000_003 + number) % 2 ** 32,
    callback_url: callback,
    metadata: { request: number },
    ...(number % 8 === 3 && { reference_image_url: reference }),
    ...(number % 8 === 5 && { num_images: 2 }),
  }
}
