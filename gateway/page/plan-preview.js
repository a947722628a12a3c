/** Says under the form what would run: tokens, evaluations, who does it, and the negative prompt as it is composed. */
import { ask, Problem } from './api.js'
import { providerName } from './choices.js'
import { byId, element } from './element.js'
import { tell } from './troubles.js'

/** After the last key. */
const PAUSE_MS = 350
/** Of CLIP, between start and end. */
const WINDOW = 75

/**
 * @typedef {object} Asked As it would be sent now.
 * @property {object} request
 * @property {number} times How often.
 * @property {boolean} isMeasured Whether any worker of ours knows how long a picture takes.
 */

/**
 * @param {object} given
 * @param {() => Asked} given.asked
 * @param {() => void} given.onUnanswered It is to be asked again later.
 * @returns {() => void} to be called whenever what is asked changes, or what answers it.
 */
export function createPlanPreview({ asked, onUnanswered }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let asking = new AbortController()
  return () => {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      asking.abort()
      asking = new AbortController()
      const { signal } = asking
      try {
        const { request, times, isMeasured } = asked()
        const preview = await ask('POST', '/v1/jobs/preview', { json: request, signal })
        show(preview, { times, isMeasured })
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof Problem)) throw error
        // What is wrong with a wish is told when it is sent; who cannot be reached says so in the corner.
        byId('plan', HTMLElement).textContent = ''
        if (error.code === 'policy-prompt') tell('prompt', error.message)
        if (error.code === 'no-connection' || error.retryAfterMs > 0) onUnanswered()
      }
    }, PAUSE_MS)
  }
}

/**
 * @param {import('./answers.ts').Preview} preview
 * @param {Omit<Asked, 'request'>} asked
 */
function show(preview, { times, isMeasured }) {
  const { planned, tokens, provider, providerNotes, reason, failure, estimatedSeconds } = preview
  byId('prompt-tokens', HTMLElement).textContent = tokens
    ? tokenWords(tokens.prompt, planned.windows)
    : ''
  byId('negative-composed', HTMLElement).textContent = negativeWords(planned.negativePrompt)
  const count = planned.evaluations === 1 ? '1 evaluation' : `${planned.evaluations} evaluations`
  const each = planned.images > 1 || times > 1 ? ' for each picture' : ''
  const all = times > 1 ? `${times} photos: ` : ''
  const seconds = estimatedSeconds === null ? null : estimatedSeconds * times
  const isGuess = provider === 'local-sdxl' && !isMeasured
  const wait = seconds === null ? '' : isGuess ? UNMEASURED : ` About ${secondsWords(seconds)}.`
  const runs = `${all}${count}${each}, of ${planned.steps} steps.`
  const who = failure ? [] : [element('p', {}, `By ${providerName(provider)}. ${reason ?? ''}`)]
  byId('plan', HTMLElement).replaceChildren(
    element('p', {}, `${runs}${failure ? ` ${failure.detail}` : wait}`),
    ...who,
    ...providerNotes.map((note) => element('p', {}, note)),
  )
}

const UNMEASURED = ' How long that takes is known after the first.'

/**
 * @param {number} count
 * @param {number | null} windows
 */
function tokenWords(count, windows) {
  if (count === 0) return ''
  const used = Math.max(1, Math.ceil(count / WINDOW))
  const tokens = count === 1 ? '1 token' : `${count} tokens`
  if (windows !== null && used > windows)
    return `${tokens}: what is beyond ${windows * WINDOW} is not read.`
  return used === 1
    ? `${tokens} of ${WINDOW} in the first window.`
    : `${tokens} in ${used} windows of ${WINDOW}.`
}

/** @param {string | null} negative */
function negativeWords(negative) {
  if (negative === null) return 'None will be used: no evaluation is guided.'
  return negative === '' ? 'Nothing is ruled out.' : `As it will be composed: ${negative}`
}

/** @param {number} seconds */
export function secondsWords(seconds) {
  if (seconds < 1) return 'a second'
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
