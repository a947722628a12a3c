/** One job on the page, from its place in line to its pictures. */
import { ask, Problem } from './api.js'
import { button, byId, element } from './element.js'
import { watchJob } from './events.js'
import { notice, say } from './notices.js'
import { secondsWords } from './plan-preview.js'
import { showResult } from './result.js'

/**
 * @typedef {object} Stage
 * @property {(id: string) => void} show
 * @property {() => void} escape Cancels what runs.
 */

/**
 * @typedef {object} Heard
 * @property {(job: any) => void} onEnd
 * @property {(job: any, asset: any) => void} onReuse
 * @property {(job: any, asset: any) => void} onRepeat
 * @property {(job: any) => void} onFailed
 */

/**
 * @param {Heard} heard
 * @returns {Stage}
 */
export function createStage(heard) {
  const place = byId('stage-place', HTMLElement)
  let watching = new AbortController()
  /** @type {string | undefined} */
  let running

  /** @param {string} id */
  const cancel = async (id) => {
    say('Asked to stop.')
    try {
      await ask('DELETE', `/v1/jobs/${id}`)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      notice(error.message, { label: 'Cancel again', run: () => void cancel(id) })
    }
  }

  /** @param {string} id */
  const show = async (id) => {
    watching.abort()
    watching = new AbortController()
    const { signal } = watching
    running = id
    const progress = drawProgress(() => void cancel(id))
    let isDrawn = false
    try {
      for await (const { event, data } of watchJob(id, signal)) {
        if (event === 'away') progress.away()
        else if (event === 'back') progress.say('The gateway is back.')
        else if (event === 'snapshot' || event === 'status' || event === 'progress') {
          if (!isDrawn && !FINAL.has(data.status)) place.replaceChildren(progress.root)
          isDrawn = true
          progress.tell(data)
        } else {
          running = undefined
          await end(data, signal, isDrawn)
        }
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      running = undefined
      place.replaceChildren(element('p', { className: 'trouble' }, error.message))
    }
  }

  /**
   * @param {any} job
   * @param {AbortSignal} signal
   * @param {boolean} isNews rather than something from the history.
   */
  const end = async (job, signal, isNews) => {
    if (job.status === 'completed') await showResult(place, { job, signal, heard })
    else place.replaceChildren(ending(job, () => heard.onRepeat(job, undefined)))
    if (!isNews) return
    if (job.status === 'failed') heard.onFailed(job)
    say(endWords(job))
    heard.onEnd(job)
  }
  return {
    show: (id) => void show(id),
    escape() {
      if (running !== undefined) void cancel(running)
    },
  }
}

const FINAL = new Set(['completed', 'failed', 'cancelled'])

/** @param {() => void} onCancel */
function drawProgress(onCancel) {
  const words = element('p', { className: 'progress-words', textContent: 'Sent.' })
  const bar = element('progress', { max: 1, ariaLabel: 'How far it is' })
  const stop = button('Cancel', onCancel)
  stop.append(element('kbd', {}, 'Esc'))
  const root = element('div', { className: 'running' }, words, bar, stop)
  let standing = { status: 'queued', position: null, estimatedSeconds: null }
  let spoken = ''

  /** @param {string} text */
  const tell = (text) => {
    words.textContent = text
  }
  return {
    root,
    say: tell,
    away: () => tell('The connection is lost. The job goes on; trying again…'),
    /** @param {any} data Of a snapshot, a status or progress. */
    tell(data) {
      standing = { ...standing, ...data }
      const progress = data.progress ?? (data.fraction === undefined ? undefined : data)
      if (progress) bar.value = progress.fraction
      const text = progress ? progressWords(progress) : standingWords(standing)
      const wait =
        data.estimatedSeconds > 0 ? `, about ${secondsWords(data.estimatedSeconds)} more` : ''
      tell(`${text}${wait}`)
      // Each step aloud would leave room for nothing else.
      const stage = progress?.stage ?? text
      if (stage !== spoken) say(text)
      spoken = stage
    },
  }
}

/** @type {Readonly<Record<string, string>>} */
const stages = {
  prompt: 'Reading the prompt',
  encode: 'Reading the photo',
  decode: 'Finishing the picture',
}

/** @param {any} progress */
function progressWords({ stage, image, step, of }) {
  if (stage !== 'denoise') return stages[stage] ?? 'Being made'
  const which = image > 0 ? `, image ${image + 1}` : ''
  return `Drawing: ${step} of ${of} evaluations${which}`
}

/** @param {{ readonly status: string, readonly position: number | null }} standing */
function standingWords({ status, position }) {
  if (status === 'cancelling') return 'Being stopped'
  if (status === 'processing' || status === 'running') return 'A worker has it'
  return position !== null && position > 0 ? `Place ${position} in line` : 'Waiting for a worker'
}

/**
 * @param {any} job
 * @param {() => void} onRepeat
 */
function ending({ status, failure, prompt }, onRepeat) {
  const title = status === 'cancelled' ? 'It was cancelled.' : (failure?.title ?? 'It failed.')
  const detail =
    failure && failure.detail !== failure.title ? [element('p', {}, failure.detail)] : []
  const tried = failure?.details
    ? [element('p', { className: 'hint' }, `Tried: ${failure.details}.`)]
    : []
  const asked = prompt === '' ? [] : [element('p', { className: 'hint' }, `Asked for: ${prompt}`)]
  const again = button('Bring these parameters back', onRepeat)
  return element(
    'div',
    { className: 'ended' },
    element('p', {}, element('strong', {}, title)),
    ...detail,
    ...tried,
    ...asked,
    again,
  )
}

/** @param {any} job */
function endWords({ status, assets, failure }) {
  if (status === 'completed')
    return assets.length === 1 ? 'Done: one picture.' : `Done: ${assets.length} pictures.`
  return status === 'cancelled' ? 'Cancelled.' : `It failed. ${failure?.detail ?? ''}`
}
