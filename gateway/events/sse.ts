/** The wire of server-sent events (WHATWG HTML, 9.2). */

export interface ServerSentEvent {
  /** Without line breaks. */
  readonly event: string
  /** What a client that comes back names; without line breaks. */
  readonly id?: string | undefined
  readonly data: unknown
}

/** JSON breaks no line, so that the data is one. */
export const sse = ({ event, id, data }: ServerSentEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

/** How long a client that was cut off waits until it comes back. */
export const RETRY = 'retry: 2000\n\n'

/** A comment that keeps what stands between from closing the connection. */
export const PING = ': ping\n\n'

/** We go, the job does not: come back. */
export const RECONNECT = sse({ event: 'reconnect', data: {} })
