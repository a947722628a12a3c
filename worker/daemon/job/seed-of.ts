/** The seed of a job that came without one: made of its id, so that a second attempt draws the same picture. */
import { createHash } from 'node:crypto'

/** From 0 up to 2³², which every tool's field for seeds can hold. */
export function seedOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE()
}
