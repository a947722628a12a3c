/** How workers and providers fare, in the corner. */
import { ask, Problem } from './api.js'
import { providerName } from './choices.js'
import { byId, element } from './element.js'
import { secondsWords } from './plan-preview.js'

const EVERY_MS = 5_000
/** SDXL draws at 1024; what draws at no more than this shows how i2i works, and not what it can draw. */
const DEMONSTRATION_SIDE = 512

/**
 * @param {(error: Problem) => void} onRefused
 * @returns {() => void} looks at once.
 */
export function createCorner(onRefused) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const look = async () => {
    clearTimeout(timer)
    if (!document.hidden) {
      try {
        show(await ask('GET', '/v1/workers'))
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

/** @param {any} view */
function show({ local, providers }) {
  const busy = local.workers.filter((/** @type {any} */ { state }) => state === 'busy').length
  const waiting = local.waiting > 0 ? `, ${local.waiting} waiting` : ''
  if (local.live > 0)
    tell(
      `${count(local.live, 'worker')}${busy > 0 ? `, ${busy} at work` : ' ready'}${waiting}`,
      'good',
    )
  else if (providers.length > 0)
    tell(`No worker; ${providerName(providers[0].name)} instead`, 'fair')
  else tell(`No worker${waiting}`, 'bad')
  byId('health-more', HTMLElement).replaceChildren(
    ...(local.workers.length === 0 ? [element('p', {}, NOBODY)] : []),
    ...local.workers.map(workerLine),
    element(
      'p',
      {},
      `${local.waiting} waiting${local.waitSeconds > 0 ? `, about ${secondsWords(local.waitSeconds)}` : ''}.`,
    ),
    ...providers.map((/** @type {any} */ { name, breaker }) =>
      element(
        'p',
        {},
        `${providerName(name)}: ${breaker === 'closed' ? 'ready' : 'left alone for now, after failures'}.`,
      ),
    ),
    element('p', { className: 'hint' }, element('a', { href: '/docs', textContent: 'The API' })),
  )
}

const NOBODY =
  'No worker has been heard of. Start one with npm run worker; what is sent meanwhile waits for it.'

/** @param {any} worker */
function workerLine({ name, isLive, state, reason, device, checkpoint, sizes, silentSeconds }) {
  const standing = isLive ? state : `silent for ${secondsWords(silentSeconds)}`
  const why = reason ? ` (${reason})` : ''
  const line = element(
    'p',
    {},
    element('strong', {}, name),
    ` ${standing}${why}, ${checkpoint ?? '?'} on ${device ?? '?'}.`,
  )
  if (isDemonstration(checkpoint, sizes)) {
    line.append(
      ' This checkpoint cannot draw real pictures: it shows how i2i works. Set SDXL_CHECKPOINT to a real one.',
    )
  }
  return line
}

/**
 * @param {string | undefined} checkpoint
 * @param {readonly string[] | undefined} sizes
 */
function isDemonstration(checkpoint = '', sizes = []) {
  const sides = sizes.flatMap((size) => size.split('x').map(Number))
  const isSmall = sides.length > 0 && Math.max(...sides) <= DEMONSTRATION_SIDE
  return isSmall || /^(?:tiny|toy|demo|stand-in)\b/.test(checkpoint)
}

/**
 * @param {number} number
 * @param {string} word
 */
const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`
