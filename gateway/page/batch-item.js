/** One photo of a batch, from its upload to its picture: sent once, whatever is lost on the way. */
import { ask, Problem } from './api.js'
import { watchJob } from './events.js'
import { inTurn } from './in-turn.js'
import { progressWords, standingWords } from './progress-words.js'
import { pictureOf } from './uploads.js'

/** @typedef {import('./answers.ts').Job} Job */
/** @typedef {'waiting' | 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled'} ItemStatus */

/**
 * @typedef {object} Item
 * @property {string} name Of its file.
 * @property {string} key Sent again under it, it is the same job.
 * @property {string | undefined} path Of the photo, once it is uploaded.
 * @property {string | undefined} jobId Once it is accepted.
 * @property {ItemStatus} status `waiting`: it is not sent yet.
 * @property {string} words Where it stands, or why it failed.
 * @property {number} fraction From 0 to 1.
 * @property {Job | undefined} job Once it is over.
 * @property {string | undefined} face Where the photo is to be seen.
 */

/** @typedef {{ readonly photo: () => Promise<string>, readonly request: (path: string) => object, readonly signal: AbortSignal, readonly onChange: () => void }} Carrying */

/** In the order of the list, which is then that of the line. */
const sendInTurn = inTurn(1)
/** Streams: a browser opens six connections to one host, and the gateway five streams to one caller. */
const watchInTurn = inTurn(3)

/** @param {Item} item */
export const isOver = ({ status }) =>
  status === 'completed' || status === 'failed' || status === 'cancelled'

/**
 * Resolves when it is over; what goes wrong is in its words.
 *
 * @param {Item} item
 * @param {Carrying} carrying
 */
export async function carry(item, carrying) {
  try {
    if (item.path !== undefined) await showFace(item, carrying)
    if (item.jobId === undefined) await sendInTurn(() => send(item, carrying))
    if (!isOver(item)) await watchInTurn(() => watch(item, carrying))
  } catch (error) {
    if (carrying.signal.aborted || isOver(item)) return
    item.status = 'failed'
    item.words = error instanceof Error ? error.message : String(error)
  }
  carrying.onChange()
}

/**
 * @param {Item} item
 * @param {Carrying} carrying
 */
async function send(item, { photo, request, signal, onChange }) {
  if (isOver(item)) return
  item.path = await patiently(item, { work: photo, signal, onChange })
  await showFace(item, { onChange })
  const json = request(item.path)
  const headers = { 'idempotency-key': item.key }
  const work = async () => (isOver(item) ? undefined : ask('POST', '/v1/jobs', { json, headers }))
  const accepted = await patiently(item, { work, signal, onChange })
  if (!accepted) return
  item.jobId = accepted.jobId
  // Cancelled while it was sent.
  if (isOver(item)) await ask('DELETE', `/v1/jobs/${accepted.jobId}`)
  else Object.assign(item, { status: 'queued', words: 'In line' })
  onChange()
}

/**
 * @param {Item} item
 * @param {Pick<Carrying, 'onChange'>} carrying
 */
async function showFace(item, { onChange }) {
  if (item.path === undefined || item.face !== undefined) return
  item.face = await pictureOf(item.path)
  onChange()
}

/** Answers that time mends. */
const PASSING = new Set([
  'no-connection',
  'rate-limited',
  'queue-full',
  'too-busy',
  'shutting-down',
])
const PAUSE_MS = 3_000

/**
 * Does it again for as long as what is wrong passes.
 *
 * @template T
 * @param {Item} item
 * @param {Pick<Carrying, 'signal' | 'onChange'> & { readonly work: () => Promise<T> }} doing
 * @returns {Promise<T>}
 */
async function patiently(item, { work, signal, onChange }) {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isPassing = error instanceof Problem && PASSING.has(error.code)
      if (!isPassing || signal.aborted || isOver(item)) throw error
      item.words = `${error.message} It is sent again by itself.`
      onChange()
      const ms = Math.max(PAUSE_MS, error.retryAfterMs)
      await new Promise((resolve) => setTimeout(resolve, ms))
      // Taken away while it waited.
      if (isOver(item)) throw error
    }
  }
}

/**
 * @param {Item} item
 * @param {Carrying} carrying
 */
async function watch(item, { signal, onChange }) {
  if (item.jobId === undefined || isOver(item)) return
  for await (const { event, data } of watchJob(item.jobId, signal)) {
    if (event === 'away') item.words = 'The connection is lost; trying again…'
    else if (event === 'completed' || event === 'failed' || event === 'cancelled') take(item, data)
    else if (event === 'progress') tellProgress(item, data)
    else if (event === 'snapshot' || event === 'status') {
      item.status = data.status === 'processing' ? 'processing' : 'queued'
      item.words = standingWords(data)
      if ('progress' in data && data.progress) tellProgress(item, data.progress)
    }
    onChange()
  }
}

/**
 * @param {Item} item
 * @param {import('./answers.ts').Progress} progress
 */
function tellProgress(item, progress) {
  Object.assign(item, { status: 'processing', words: progressWords(progress) })
  item.fraction = progress.fraction
}

/**
 * What became of it.
 *
 * @param {Item} item
 * @param {Job} job
 */
export function take(item, job) {
  const { status, failure } = job
  if (status === 'queued' || status === 'processing') return
  Object.assign(item, { status, job, fraction: 1 })
  item.words = status === 'failed' ? (failure?.detail ?? 'It failed.') : ''
}

/**
 * @param {Item} item
 * @param {() => void} onChange
 */
export async function cancelItem(item, onChange) {
  if (isOver(item)) return
  try {
    if (item.jobId === undefined) Object.assign(item, { status: 'cancelled', words: '' })
    else take(item, await ask('DELETE', `/v1/jobs/${item.jobId}`))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    item.words = `It was not cancelled. ${error.message}`
  }
  onChange()
}
