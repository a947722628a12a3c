/** One job on the page, from its place in line to its pictures. */
import { ask, Problem } from './api.js'
import { draftOf } from './draft.js'
import { button, byId, element } from './element.js'
import { watchJob } from './events.js'
import { notice, say } from './notices.js'
import { showResult } from './result.js'
import { drawRunning } from './running.js'
import { pictureOf } from './uploads.js'

/**
 * @typedef {object} Stage
 * @property {(id: string) => void} show
 * @property {() => boolean} escape Cancels what runs; says whether anything does.
 * @property {(workers: import('./workers.js').WorkersHeard) => void} hearWorkers
 */

/**
 * @typedef {import('./answers.ts').Job} Job
 * @typedef {import('./answers.ts').Asset} Asset
 *
 * @typedef {object} Heard
 * @property {(job: Job) => void} onEnd
 * @property {(job: Job, asset: Asset) => void} onReuse
 * @property {(job: Job, asset: Asset | undefined) => void} onRepeat
 * @property {(job: Job) => void} onFailed
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
  /** @type {import('./running.js').Running | undefined} */
  let shown
  /** @type {import('./workers.js').WorkersHeard | undefined} */
  let workers

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
    const progress = drawRunning(() => void cancel(id))
    shown = progress
    if (workers) progress.hearWorkers(workers)
    let isDrawn = false
    try {
      for await (const { event, data } of watchJob(id, signal)) {
        if (event === 'away') progress.say('The connection is lost. The job goes on; trying again…')
        else if (event === 'back') progress.say('The gateway is back.')
        else if (event === 'completed' || event === 'failed' || event === 'cancelled') {
          running = undefined
          await end(data, signal, isDrawn)
        } else if (data) {
          if (!isDrawn) place.replaceChildren(progress.root)
          isDrawn = true
          if (event === 'snapshot') void placeBefore(data, progress)
          progress.tell(data)
        }
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      running = undefined
      place.replaceChildren(element('p', { className: 'trouble' }, error.message))
    }
  }

  /**
   * @param {Job} job
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
    hearWorkers(heard) {
      workers = heard
      if (running !== undefined) shown?.hearWorkers(heard)
    },
    escape() {
      if (running === undefined) return false
      void cancel(running)
      return true
    },
  }
}

/**
 * Until there is something of the picture to see.
 *
 * @param {Job} job
 * @param {import('./running.js').Running} running
 */
async function placeBefore(job, running) {
  const [reference] = draftOf(job).references
  const url = reference && (await pictureOf(reference))
  if (url) running.before(url)
}

/**
 * @param {Job} job
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

/** @param {Job} job */
function endWords({ status, assets, failure }) {
  if (status === 'completed')
    return assets.length === 1 ? 'Done: one picture.' : `Done: ${assets.length} pictures.`
  return status === 'cancelled' ? 'Cancelled.' : `It failed. ${failure?.detail ?? ''}`
}
