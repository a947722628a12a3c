/** A network for pictures of any size: one session for all where sides may stay open, else one size at a time. */
import type { LatentArea } from '#pipeline/networks.ts'

export interface SizedSession<Session> extends AsyncDisposable {
  /** Opens now what serves every size; a session for one size waits until it is told which. */
  prepare(): Promise<void>
  /** A session that serves the size; it stands until another size is asked for. */
  of(area: LatentArea): Promise<Session>
  /** Gives back the memory of what is open; `of` opens it anew. */
  close(): Promise<void>
}

/** Sides are left to run time. */
export function anySize<Session extends AsyncDisposable>(
  open: () => Promise<Session>,
): SizedSession<Session> {
  const session = keeping(open, () => 'any')
  return { ...session, prepare: async () => void (await session.of({ height: 0, width: 0 })) }
}

/**
 * A session for one size at a time, which a GPU's convolutions are planned for: another size closes it
 * before it opens its own, since two would not fit beside each other.
 */
export function oneSize<Session extends AsyncDisposable>(
  open: (area: LatentArea) => Promise<Session>,
): SizedSession<Session> {
  const session = keeping(open, ({ width, height }) => `${width}x${height}`)
  return { ...session, prepare: async () => {} }
}

function keeping<Session extends AsyncDisposable>(
  open: (area: LatentArea) => Promise<Session>,
  keyOf: (area: LatentArea) => string,
) {
  let current: { readonly key: string; readonly session: Session } | undefined
  const close = async () => {
    const closing = current?.session
    current = undefined
    await closing?.[Symbol.asyncDispose]()
  }
  return {
    async of(area: LatentArea) {
      const key = keyOf(area)
      if (current?.key === key) return current.session
      await close()
      current = { key, session: await open(area) }
      return current.session
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
