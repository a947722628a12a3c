/** The jobs before, as the gateway keeps them: a reload takes nothing away. */
import { ask, hereOf, Problem } from './api.js'
import { byId, element } from './element.js'

const PAGE = 12
/** While something is under way that the stage does not show. */
const AGAIN_MS = 3_000

/**
 * @typedef {import('./answers.ts').JobSummary} JobSummary
 *
 * @typedef {object} History
 * @property {() => Promise<readonly JobSummary[]>} read The newest page. What cannot be read is said, and nothing is there.
 */

/**
 * @param {(id: string) => void} onChosen
 * @returns {History}
 */
export function createHistory(onChosen) {
  const list = byId('history-list', HTMLElement)
  const more = byId('history-more', HTMLButtonElement)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  /** @type {string | null} */
  let next = null

  /** @param {string} query */
  const page = async (query) => {
    const trouble = byId('history-trouble', HTMLElement)
    try {
      const found = await ask('GET', `/v1/jobs?limit=${PAGE}${query}`)
      trouble.textContent = ''
      return found
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // Without a key there is nothing to say that is not said where the key goes.
      trouble.textContent = error.code === 'unauthorized' ? '' : error.message
      return undefined
    }
  }
  const read = async () => {
    clearTimeout(timer)
    const found = await page('')
    if (!found) return []
    next = found.next
    more.hidden = next === null
    draw(list, found.jobs, onChosen)
    byId('history', HTMLElement).hidden = found.jobs.length === 0
    const isUnderWay = found.jobs.some((job) => job.finishedAt === null)
    if (isUnderWay) timer = setTimeout(read, AGAIN_MS)
    return found.jobs
  }
  more.addEventListener('click', async () => {
    const found = await page(`&after=${next}`)
    if (!found) return
    next = found.next
    more.hidden = next === null
    list.append(...found.jobs.map((job) => card(job, onChosen)))
  })
  return { read }
}

/**
 * Leaves those alone that are as they were, so that focus and pictures stay.
 *
 * @param {HTMLElement} list
 * @param {readonly JobSummary[]} jobs
 * @param {(id: string) => void} onChosen
 */
function draw(list, jobs, onChosen) {
  const kept = new Map([...list.children].map((each) => [each.getAttribute('data-is'), each]))
  const cards = jobs.map((job) => kept.get(stateOf(job)) ?? card(job, onChosen))
  const isSame =
    cards.length === list.children.length && cards.every((each, i) => each === list.children[i])
  if (!isSame) list.replaceChildren(...cards)
}

/** @param {JobSummary} job */
const stateOf = ({ jobId, status }) => `${jobId} ${status}`

/**
 * @param {JobSummary} job
 * @param {(id: string) => void} onChosen
 */
function card(job, onChosen) {
  const { jobId, mode, status, prompt, thumbnailUrl, createdAt, images } = job
  const words = prompt || (mode === 'copy' ? 'A copy' : 'Without words')
  const face = thumbnailUrl
    ? element('img', {
        src: hereOf(thumbnailUrl),
        alt: '',
        loading: 'lazy',
        width: 120,
        height: 120,
      })
    : element('span', { className: `face ${status}`, ariaHidden: 'true' })
  const at = new Date(createdAt)
  const time = element(
    'time',
    { dateTime: createdAt },
    at.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }),
  )
  const state =
    status === 'completed' ? (images > 1 ? `${images} images` : '') : statusWords(status)
  const open = element(
    'button',
    { type: 'button' },
    face,
    element('span', { className: 'words' }, words),
    element(
      'span',
      { className: 'hint' },
      `${mode === 'txt2img' ? 'words' : mode}${state ? `, ${state}` : ''} · `,
      time,
    ),
  )
  open.addEventListener('click', () => onChosen(jobId))
  const made = element('li', {}, open)
  made.setAttribute('data-is', stateOf(job))
  return made
}

/** @param {string} status */
const statusWords = (status) => (status === 'processing' ? 'at work' : status)
