/** How workers and providers fare, in the corner. */
import { ask, Problem } from './api.js'
import { providerName } from './choices.js'
import { byId, element } from './element.js'
import { secondsWords } from './plan-preview.js'

const EVERY_MS = 5_000

/**
 * @param {object} heard
 * @param {(view: import('./answers.ts').RoutingView) => void} heard.onView
 * @param {(error: Problem) => void} heard.onRefused
 * @param {() => void} heard.onChange Other workers are there than before, or they give something else.
 * @returns {() => void} looks at once.
 */
export function createCorner({ onView, onRefused, onChange }) {
  let seen = ''
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const look = async () => {
    clearTimeout(timer)
    if (!document.hidden) {
      try {
        const view = await ask('GET', '/v1/workers')
        show(view)
        onView(view)
        const given = gives(view)
        if (seen !== '' && given !== seen) onChange()
        seen = given
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        tell(error.code === 'unauthorized' ? 'A key is needed' : 'No answer', 'bad')
        byId('health-more', HTMLElement).replaceChildren(element('p', {}, error.message))
        if (error.code === 'unauthorized') onRefused(error)
      }
    }
    timer = setTimeout(look, EVERY_MS)
  }
  document.addEventListener('visibilitychange', () => void look())
  void look()
  return () => void look()
}

/**
 * @param {string} words
 * @param {'good' | 'fair' | 'bad'} state
 */
function tell(words, state) {
  byId('health-line', HTMLElement).textContent = words
  byId('health-dot', HTMLElement).className = `dot ${state}`
}

/** @param {import('./answers.ts').RoutingView} view */
function show({ local, providers }) {
  const busy = local.workers.filter(({ state }) => state === 'busy').length
  const waiting = local.waiting > 0 ? `, ${local.waiting} waiting` : ''
  if (local.live > 0)
    tell(
      `${count(local.live, 'worker')}${busy > 0 ? `, ${busy} at work` : ' ready'}${waiting}`,
      'good',
    )
  else if (providers[0]) tell(`No worker; ${providerName(providers[0].name)} instead`, 'fair')
  else tell(`No worker${waiting}`, 'bad')
  byId('health-more', HTMLElement).replaceChildren(
    ...(local.workers.length === 0 ? [element('p', {}, NOBODY)] : []),
    ...local.workers.map(workerLine),
    element(
      'p',
      {},
      `${local.waiting} waiting${local.waitSeconds > 0 ? `, about ${secondsWords(local.waitSeconds)}` : ''}.`,
    ),
    ...providers.map(({ name, breaker }) =>
      element(
        'p',
        {},
        `${providerName(name)}: ${breaker === 'closed' ? 'ready' : 'left alone for now, after failures'}.`,
      ),
    ),
    element('p', { className: 'hint' }, element('a', { href: '/docs', textContent: 'The API' })),
  )
}

/**
 * What of the workers the form goes by.
 *
 * @param {import('./answers.ts').RoutingView} view
 */
const gives = ({ local }) =>
  JSON.stringify(
    local.workers.map(({ isLive, checkpoint, pictures, enhancement }) => [
      ...[isLive, checkpoint, pictures, enhancement],
    ]),
  )

const NOBODY =
  'No worker has been heard of. Start one with npm run worker; what is sent meanwhile waits for it.'

/** @param {import('./answers.ts').Worker} worker */
function workerLine({ name, isLive, state, reason, device, checkpoint, silentSeconds }) {
  const standing = isLive ? state : `silent for ${secondsWords(silentSeconds)}`
  const why = reason ? ` (${reason})` : ''
  return element(
    'p',
    {},
    element('strong', {}, name),
    ` ${standing}${why}, ${checkpoint ?? '?'} on ${device ?? '?'}.`,
  )
}

/**
 * @param {number} number
 * @param {string} word
 */
const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`
