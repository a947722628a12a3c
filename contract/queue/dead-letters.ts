/** What the queue gave up on, for a person to look into: nothing is dropped but by their hand. */
import type { Range } from './queue.ts'

export interface DeadLetters {
  /** Oldest first. */
  readonly list: (range: Range) => Promise<readonly DeadLetter[]>
  /** By its job's id, its name, or the first seven characters of its name. */
  readonly find: (name: string) => Promise<DeadLetter | undefined>
  /** To the back of the queue, all counters at nought. @returns false where the letter is gone. */
  readonly retry: (letter: DeadLetter) => Promise<boolean>
  readonly drop: (letter: DeadLetter) => Promise<boolean>
}

export interface DeadLetter {
  readonly name: string
  /** Undefined where the element could not be read. */
  readonly id?: string
  /** The element. Bytes that are no UTF-8 are shown replaced, but kept. */
  readonly raw: string
  /** `unreadable`, `too-large`, or a failure code. */
  readonly reason: string
  readonly attempts: number
  readonly stalls: number
  /** In ms of the queue's own clock. */
  readonly at: number
}

const PAGE = 100
/** Characters of a name that are taken for its beginning, as git does. */
const SHORTEST = 7

/** Looks through all letters, a page at a time. */
export async function findLetter(
  list: DeadLetters['list'],
  name: string,
): Promise<DeadLetter | undefined> {
  for (let from = 0; ; from += PAGE) {
    const letters = await list({ from, count: PAGE })
    const found = letters.find(
      (letter) => letter.id === name || (name.length >= SHORTEST && letter.name.startsWith(name)),
    )
    if (found || letters.length < PAGE) return found
  }
}
