/** What really ran, beside what was asked for. */
import { providerName } from './choices.js'
import { element } from './element.js'

/** @param {any} job */
export function whatRan(job) {
  const { planned, effective, providerNotes } = job
  const ran = { ...planned, ...effective }
  const made = job.assets[0]
  const size = made ? `${made.width} × ${made.height}` : ''
  const drawn = ran.drawnSize ? `${ran.drawnSize.width} × ${ran.drawnSize.height}` : size
  const rows = [
    ['Prompt', job.prompt || '(none)'],
    [
      promptTitle(job),
      job.finalPrompt !== null && job.finalPrompt !== job.prompt ? job.finalPrompt : '',
    ],
    ['Enhancement', enhancementWords(job)],
    ['Not to show', ran.negativePrompt ?? 'None was used: no evaluation was guided.'],
    ['Mode', job.mode === 'txt2img' ? 'From words alone' : job.mode.toUpperCase()],
    ['Strength', job.mode === 'txt2img' ? '' : strengthWords(ran.denoiseStrength)],
    [
      'Evaluations',
      `${ran.evaluations} of ${ran.steps} steps, ${ran.networkRuns} runs of the network`,
    ],
    ['Guidance', String(ran.guidanceScale)],
    ['Scheduler', ran.scheduler],
    ['Seed', job.assets.map((/** @type {any} */ asset) => asset.seed).join(', ')],
    ['Size', drawn === size ? size : `${size}, drawn at ${drawn}`],
    ['By', providerName(job.provider)],
    ['Notes', providerNotes.join(' ')],
    ['Time', timeWords(job)],
  ]
  const list = element('dl')
  for (const [name, value] of rows) {
    if (!value) continue
    list.append(element('div', {}, element('dt', {}, name ?? ''), element('dd', {}, String(value))))
  }
  return element(
    'details',
    { className: 'ran', open: true },
    element('summary', {}, 'What really ran'),
    list,
  )
}

/** @param {any} job */
const promptTitle = ({ enhancement }) => (isEnhanced(enhancement) ? 'Enhanced to' : 'Drawn from')

/** @param {any} job */
function enhancementWords({ mode, enhancement, finalPrompt, prompt, metadata }) {
  if (isEnhanced(enhancement)) {
    return enhancement.source === 'cache' ? 'Qwen 2.5, of the same words earlier.' : 'Qwen 2.5.'
  }
  if (mode === 'copy') return 'Off: Copy adds nothing.'
  if (metadata?.page?.wish?.enhance === false) return 'Off, as you asked.'
  return finalPrompt === prompt
    ? 'The prompt ran as it was written: no language model has touched it.'
    : ''
}

/** @param {{source: string} | null} enhancement */
const isEnhanced = (enhancement) => enhancement !== null && enhancement.source !== 'none'

/** @param {number} strength */
const strengthWords = (strength) =>
  `${strength.toFixed(2)}, reference strength ${(1 - strength).toFixed(2)}`

/** @param {any} job */
function timeWords({ createdAt, startedAt, finishedAt }) {
  if (finishedAt === null) return ''
  const between = (/** @type {string} */ from, /** @type {string} */ to) =>
    `${Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`
  const made = startedAt === null ? '' : `, ${between(startedAt, finishedAt)} of them at work`
  return `${between(createdAt, finishedAt)}${made}`
}
