/** What one sweep did, in numbers for a counter. */

export interface Swept {
  /** False where another sweep was under way or just over. */
  readonly swept: boolean
  readonly returned: number
  readonly requeued: number
  readonly delayed: number
  readonly dead: number
  readonly cancelled: number
  readonly promoted: number
}

export const nothingSwept: Swept = {
  swept: true,
  returned: 0,
  requeued: 0,
  delayed: 0,
  dead: 0,
  cancelled: 0,
  promoted: 0,
}
