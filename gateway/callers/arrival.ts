/** What a request says of who makes it. */
export interface Arrival {
  readonly method: string
  /** By its name in lower case. */
  readonly header: (name: string) => string | undefined
  /** Of the other end of the socket. */
  readonly remoteAddress: string | undefined
}
