/** The lists of the form, and the words that its style controls add to a prompt. */
import { byId, element } from './element.js'

const looks = {
  None: '',
  Cinematic: 'cinematic lighting, film grain, dramatic composition',
  Vintage: 'vintage photograph, faded colours, soft grain',
  'Low key': 'low key lighting, deep shadows, high contrast',
  Natural: 'natural light, true colours, fine detail',
  Dreamy: 'soft focus, pastel light, haze',
  'Hand drawn': 'hand drawn, ink lines, paper texture',
  'Oil painting': 'oil painting, visible brush strokes, canvas',
  Watercolour: 'watercolour, wet edges, white paper',
  Moody: 'moody, overcast light, muted colours',
}

const shots = { 'As it is': '', Wide: 'wide shot', Medium: 'medium shot', Close: 'close shot' }

const angles = {
  'As it is': '',
  Low: 'low angle',
  'Over the shoulder': 'over shoulder',
  Overhead: 'overhead',
  'Bird’s eye': "bird's eye view",
}

const aspects = {
  'As the photo': '',
  'Square 1:1': '1:1',
  'Wide 16:9': '16:9',
  'Tall 9:16': '9:16',
  '3:2': '3:2',
  '2:3': '2:3',
}

const providerWords = {
  'local-sdxl': 'our own workers',
  replicate: 'Replicate',
  'fal-ai': 'fal.ai',
}

/** @param {string | null} name */
export const providerName = (name) =>
  Object.entries(providerWords).find(([key]) => key === name)?.[1] ?? name ?? 'nobody'

/** What is the same everywhere. */
export function fillChoices() {
  fill('style', looks)
  fill('shot', shots)
  fill('angle', angles)
  fill('aspect', aspects)
  fillImages(6)
}

/** @param {import('./answers.ts').Capabilities} capabilities */
export function fillFrom({ contentModes, providers, limits }) {
  fillImages(limits.images)
  fill('content', Object.fromEntries(contentModes.map((mode) => [mode, mode])))
  byId('content-part', HTMLElement).hidden = contentModes.length < 2
  const named = providers.map((name) => [providerName(name), name])
  fill('provider', { 'Whoever is first': '', ...Object.fromEntries(named) })
  byId('provider-part', HTMLElement).hidden = providers.length < 2
}

/** @param {number} most */
function fillImages(most) {
  const counts = Array.from({ length: most }, (_, i) => String(i + 1))
  fill('images', Object.fromEntries(counts.map((count) => [`${count} `, count])))
}

/**
 * @param {string} id
 * @param {Readonly<Record<string, string>>} options What is shown, and what it stands for.
 */
function fill(id, options) {
  const select = byId(id, HTMLSelectElement)
  const chosen = select.value
  const made = Object.entries(options).map(([text, value]) =>
    element('option', { value, textContent: text }),
  )
  select.replaceChildren(...made)
  if (Object.values(options).includes(chosen)) select.value = chosen
}
