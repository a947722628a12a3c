/** Aborts a connection once nothing has come for a while: a silent host would hold a command for ever. */
export class Silence {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #outer: AbortSignal
  readonly #onAbort = () => this.#controller.abort(this.#outer.reason)

  constructor(milliseconds: number, outer: AbortSignal) {
    this.#outer = outer
    const late = () => this.#controller.abort(new Error(`silence for ${milliseconds / 1_000} s`))
    this.#timer = setTimeout(late, milliseconds)
    outer.addEventListener('abort', this.#onAbort, { once: true })
    if (outer.aborted) this.#onAbort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  broken(): void {
    this.#timer.refresh()
  }

  /** What was not read to its end is dropped: a connection that nobody reads would keep the process. */
  end(): void {
    clearTimeout(this.#timer)
    this.#outer.removeEventListener('abort', this.#onAbort)
    this.#controller.abort()
  }
}
