/** The order in which subjects take turns, so that a machine that warms up or slows down favours none. */

/** A B, B A, A B, …: every second round runs backwards. */
export function alternate<T>(subjects: readonly T[], rounds: number): T[] {
  return Array.from({ length: rounds }, (_, round) =>
    round % 2 === 0 ? subjects : subjects.toReversed(),
  ).flat()
}
