/** What becomes of a job, as it happens; whoever is cut off comes back and hears what was missed. */
import { ask, open, Problem } from './api.js'

/** @typedef {import('./answers.ts').News} News */

const ENDS = new Set(['completed', 'failed', 'cancelled'])
const SOON_MS = 500
const LATE_MS = 8_000

/**
 * Yields until the job is over or `signal` is aborted. `away` and `back` tell of a connection that was lost.
 * Throws `Problem` for what no waiting mends.
 *
 * (The browser's own EventSource sends no Authorization header.)
 *
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<News, void, void>}
 */
export async function* watchJob(id, signal) {
  let last = ''
  let waitMs = SOON_MS
  while (!signal.aborted) {
    try {
      const headers = last === '' ? {} : { 'last-event-id': last }
      const response = await open('GET', `/v1/jobs/${id}/events`, { headers, signal })
      if (response.status === 204 || !response.body) {
        const job = await ask('GET', `/v1/jobs/${id}`, { signal })
        // Which is over, or nothing would have been said.
        return yield { event: /** @type {'completed'} */ (job.status), data: job }
      }
      if (waitMs > SOON_MS) yield { event: 'back', data: null }
      waitMs = SOON_MS
      for await (const { event, data, id: place } of eventsIn(response.body)) {
        if (place !== undefined) last = place
        if (event === 'reconnect') break
        yield { event: /** @type {'completed'} */ (event), data: JSON.parse(data) }
        if (ENDS.has(event)) return
      }
    } catch (error) {
      if (signal.aborted) return
      const isLasting = error instanceof Problem && LASTING.has(error.code)
      if (isLasting) throw error
      yield { event: 'away', data: null }
    }
    await pause(waitMs, signal)
    waitMs = Math.min(LATE_MS, waitMs * 2)
  }
}

const LASTING = new Set([
  'unauthorized',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'internal',
])

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{ event: string, data: string, id: string | undefined }, void, void>}
 */
async function* eventsIn(body) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => fieldOf(line)))
        const event = fields.get('event')
        if (event === undefined) continue
        yield { event, data: fields.get('data') ?? 'null', id: fields.get('id') }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/**
 * @param {string} line
 * @returns {[string, string]}
 */
function fieldOf(line) {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trimStart()]
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 */
const pause = (ms, signal) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal.addEventListener('abort', resolve, { once: true })
  })
