/** A network for pictures of any size, in as many sessions as sizes are to be kept ready. */
import { messageOf } from '#contract'
import type { LatentArea } from '#pipeline/networks.ts'
import { isOutOfMemory } from '#platform/child/out-of-memory.ts'

export interface SizedSession<Session> extends AsyncDisposable {
  /** Opens now what the first size will run on. */
  prepare(): Promise<void>
  /** A session for the size; it stands until `of` is asked for another. */
  of(area: LatentArea): Promise<Session>
  /** Gives back the memory of all that is open; `of` opens it anew. */
  close(): Promise<void>
}

/**
 * Sides are left to run time, so that a session serves every size. But a GPU's convolutions are planned for one
 * shape at a time, and planning anew takes a second or more: so up to `most` sessions keep to the size that
 * each ran last, and the one least lately used takes a size that none has. Where memory has no room for a further
 * one, those that are open are all there will be.
 */
export function sizedSession<Session extends AsyncDisposable>(
  open: () => Promise<Session>,
  most: number,
): SizedSession<Session> {
  /** The least lately used first. */
  const kept: { size: string | undefined; readonly session: Session }[] = []
  let room = most

  async function another(): Promise<void> {
    try {
      kept.unshift({ size: undefined, session: await open() })
    } catch (error) {
      if (kept.length === 0 || !isOutOfMemory(messageOf(error))) throw error
      room = kept.length
    }
  }

  async function close(): Promise<void> {
    for (const { session } of kept.splice(0)) await session[Symbol.asyncDispose]()
  }

  return {
    async prepare() {
      if (kept.length === 0) await another()
    },
    async of({ width, height }) {
      const size = `${width}x${height}`
      const isReady = () => kept.some((one) => one.size === size || one.size === undefined)
      if (!isReady() && kept.length < room) await another()
      const exact = kept.findIndex((one) => one.size === size)
      const [taken] = kept.splice(Math.max(0, exact), 1)
      if (!taken) throw new Error('no session is open')
      taken.size = size
      kept.push(taken)
      return taken.session
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
