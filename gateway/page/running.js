/** A job under way: where it stands, how far it is, and what the picture would be now, in a place that never moves. */
import { button, element } from './element.js'
import { say } from './notices.js'
import { moreWords, progressWords, standingWords } from './progress-words.js'

/**
 * @typedef {object} Running
 * @property {HTMLElement} root
 * @property {(text: string) => void} say In place of where it stands, until more is heard.
 * @property {(url: string) => void} before The photo, until there is a preview.
 * @property {(heard: Heard) => void} tell
 * @property {(workers: import('./workers.js').WorkersHeard) => void} hearWorkers
 */

/** @typedef {Pick<import('./answers.ts').Snapshot, 'status' | 'provider' | 'position' | 'estimatedSeconds' | 'progress' | 'startedAt'>} Told */
/** @typedef {Partial<Told> | import('./answers.ts').Progress} Heard */

/**
 * @param {() => void} onCancel
 * @returns {Running}
 */
export function drawRunning(onCancel) {
  const words = element('p', { className: 'progress-words', textContent: 'Sent.' })
  const bar = element('progress', { max: 1, ariaLabel: 'How far it is' })
  const sight = element('div', { className: 'sight' })
  const stop = button('Cancel', onCancel)
  stop.append(element('kbd', {}, 'Esc'))
  const ways = element('div', { className: 'ways' }, words, stop)
  const root = element('div', { className: 'running' }, sight, bar, ways)
  /** @type {Pick<Told, 'status' | 'provider' | 'position'>} */
  let standing = { status: 'queued', provider: null, position: null }
  let estimate = /** @type {number | null | undefined} */ (null)
  let workers = { isAnyThere: true, isMeasured: true }
  let text = 'Sent.'
  let spoken = ''
  // Nobody tells that it was begun anew: it stood in line again, or is less far than it was.
  let [fraction, isBegun, isAgain] = [0, false, false]

  const draw = () => {
    const isOurs = standing.provider === 'local-sdxl'
    const isGuess = isOurs && fraction === 0 && !workers.isMeasured
    const isMissed = isOurs && !workers.isAnyThere
    words.textContent = isMissed ? NOBODY : `${text}${isGuess ? '' : moreWords(estimate)}`
  }

  return {
    root,
    say(given) {
      words.textContent = given
    },
    before(url) {
      if (sight.childElementCount > 0) return
      sight.append(element('img', { src: url, alt: '', className: 'earlier' }))
    },
    tell(heard) {
      if ('estimatedSeconds' in heard) estimate = heard.estimatedSeconds
      if ('status' in heard) standing = { ...standing, ...heard }
      isBegun ||= standing.status === 'processing' || ('startedAt' in heard && !!heard.startedAt)
      const progress = progressIn(heard)
      if (progress) {
        isAgain ||= progress.fraction < fraction
        fraction = progress.fraction
        bar.value = fraction
        if (progress.preview) showPreview(sight, progress.preview)
      }
      const isBack = isBegun && standing.status === 'queued'
      isAgain ||= isBack
      if (isBack) bar.removeAttribute('value')
      text = progress ? progressWords(progress) : isBack ? BACK : standingWords(standing)
      if (progress && isAgain) text = `Begun again. ${text}`
      draw()
      // Each step aloud would leave room for nothing else.
      const stage = progress?.stage ?? text
      if (stage !== spoken) say(text)
      spoken = stage
    },
    hearWorkers(heard) {
      const isNews = heard.isAnyThere !== workers.isAnyThere
      if (!isNews && heard.isMeasured === workers.isMeasured) return
      workers = heard
      draw()
      if (isNews) say(words.textContent)
    },
  }
}

const NOBODY = 'No worker answers. The job is kept, and goes on as soon as one does.'
const BACK = 'Back in line, to be begun again'

/** @param {Heard} heard */
const progressIn = (heard) => ('fraction' in heard ? heard : heard.progress)

/**
 * @param {HTMLElement} sight
 * @param {string} preview A data URL.
 */
function showPreview(sight, preview) {
  const shown = sight.querySelector('img')
  if (shown?.className === 'now') shown.src = preview
  else {
    const alt = 'What the picture would be now'
    sight.replaceChildren(element('img', { src: preview, alt, className: 'now' }))
  }
}
