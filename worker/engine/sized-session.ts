/** A network for pictures of any size: one session for all where sides may stay open, else one size at a time. */
import type { LatentArea } from '#pipeline/networks.ts'

export interface SizedSession<Session> extends AsyncDisposable {
  /** A session that serves the size; it stands until another size is asked for. */
  of(area: LatentArea): Promise<Session>
}

/** Sides are left to run time. */
export function anySize<Session extends AsyncDisposable>(session: Session): SizedSession<Session> {
  return {
    of: async () => session,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}

/**
 * A session for one size at a time, which a GPU's convolutions are planned for: another size closes it
 * before it opens its own, since two would not fit beside each other.
 */
export function oneSize<Session extends AsyncDisposable>(
  open: (area: LatentArea) => Promise<Session>,
): SizedSession<Session> {
  let current: { readonly key: string; readonly session: Session } | undefined
  const close = async () => {
    const closing = current?.session
    current = undefined
    await closing?.[Symbol.asyncDispose]()
  }
  return {
    async of(area) {
      const key = `${area.width}x${area.height}`
      if (current?.key === key) return current.session
      await close()
      current = { key, session: await open(area) }
      return current.session
    },
    [Symbol.asyncDispose]: close,
  }
}
