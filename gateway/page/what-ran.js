/** What really ran, beside what was asked for. */
import { providerName } from './choices.js'
import { draftOf } from './draft.js'
import { element } from './element.js'

/** @typedef {import('./answers.ts').Job} Job */

/** @param {Job} job */
export function whatRan(job) {
  const ran = ranOf(job)
  const rows = [
    ['Enhancement', enhancementWords(job)],
    ['Not to show', ran.negativePrompt ?? 'None was used: no evaluation was guided.'],
    ['Mode', modeWords[job.mode]],
    ['References', referencesWords(job)],
    ['Strength', job.mode === 'txt2img' ? '' : strengthWords(ran.denoiseStrength)],
    [
      'Evaluations',
      `${ran.evaluations} of ${ran.steps} steps, ${ran.networkRuns} runs of the network`,
    ],
    ['Guidance', String(ran.guidanceScale)],
    ['Scheduler', ran.scheduler],
    ['Seed', job.assets.map((asset) => asset.seed).join(', ')],
    ['Size', sizeWords(job)],
    ['Made by', providerName(job.provider)],
    ['Why there', job.reason ?? ''],
    ['Not heeded', job.providerNotes.join(' ')],
    ['Time', timeWords(job)],
  ]
  const list = element('dl')
  for (const [name, value] of rows) {
    if (!value) continue
    list.append(element('div', {}, element('dt', {}, name ?? ''), element('dd', {}, value)))
  }
  return element(
    'details',
    { className: 'ran', open: true },
    element('summary', {}, 'What really ran'),
    prompts(job),
    list,
  )
}

const modeWords = { modify: 'Modify', copy: 'Copy', txt2img: 'From words alone' }

/**
 * What was planned, with what ran in its place as far as that is of the same kind.
 *
 * @param {Job} job
 */
function ranOf({ planned, effective }) {
  const kinds = new Map(Object.entries(planned).map(([name, value]) => [name, typeof value]))
  const ran = Object.entries(effective ?? {}).filter(
    ([name, value]) => typeof value === kinds.get(name),
  )
  return { ...planned, ...Object.fromEntries(ran) }
}

/**
 * What was written, beside what it was drawn from where that is more.
 *
 * @param {Job} job
 */
function prompts({ prompt, finalPrompt, enhancement }) {
  const isOther = finalPrompt !== null && finalPrompt !== prompt
  const title = isEnhanced(enhancement) ? 'Enhanced to' : 'Drawn from'
  return element(
    'div',
    { className: 'prompts' },
    saying('You wrote', prompt || 'Nothing'),
    ...(isOther ? [saying(title, finalPrompt)] : []),
  )
}

/**
 * @param {string} title
 * @param {string} text
 */
const saying = (title, text) =>
  element('figure', {}, element('figcaption', {}, title), element('blockquote', {}, text))

/** @param {Job} job */
function enhancementWords(job) {
  const { mode, enhancement, finalPrompt, prompt } = job
  if (isEnhanced(enhancement)) {
    return enhancement?.source === 'cache' ? 'Qwen 2.5, of the same words earlier' : 'Qwen 2.5'
  }
  if (mode === 'copy') return 'Off: Copy adds nothing'
  if (!draftOf(job).wish.enhance) return 'Off, as you asked'
  if (enhancement?.fallback) return `None: ${enhancement.fallback.replaceAll('-', ' ')}`
  return finalPrompt === prompt ? 'None: the prompt ran as it was written' : ''
}

/** @param {Job['enhancement']} enhancement */
const isEnhanced = (enhancement) => enhancement !== null && enhancement.source !== 'none'

/**
 * Of several, how many the provider was sent; that our own workers look at the first alone is in the notes.
 *
 * @param {Job} job
 */
function referencesWords(job) {
  const sent = job.effective?.references
  if (typeof sent !== 'number') return ''
  const isAll = draftOf(job).references.length === sent
  return `${isAll ? `All ${sent}` : sent} were sent, the composition first`
}

/** @param {Job} job */
function sizeWords({ assets: [made], effective }) {
  if (!made) return ''
  const size = `${made.width} × ${made.height}`
  const { width, height } = Object(effective?.drawnSize)
  const drawn = width ? `${width} × ${height}` : size
  return drawn === size ? size : `${size}, drawn at ${drawn}`
}

/** @param {number} strength */
const strengthWords = (strength) =>
  `${strength.toFixed(2)}, reference strength ${(1 - strength).toFixed(2)}`

/** @param {Job} job */
function timeWords({ createdAt, startedAt, finishedAt }) {
  if (finishedAt === null) return ''
  const between = (/** @type {string} */ from, /** @type {string} */ to) =>
    `${Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`
  const made = startedAt === null ? '' : `, ${between(startedAt, finishedAt)} of them at work`
  return `${between(createdAt, finishedAt)}${made}`
}
