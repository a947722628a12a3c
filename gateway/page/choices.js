/** The lists of the form. */
import { byId, element } from './element.js'

/** The style controls as the form has them, each under its name in a request; what is chosen of none adds nothing. */
export const styleControls = /** @type {const} */ ({
  style: { name: 'style', none: 'None' },
  shot: { name: 'shot_type', none: 'As it is' },
  angle: { name: 'camera_angle', none: 'As it is' },
  lighting: { name: 'lighting', none: 'As it is' },
  mood: { name: 'mood', none: 'As it is' },
})

export const styleIds = /** @type {(keyof typeof styleControls)[]} */ (Object.keys(styleControls))

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
  fill('aspect', aspects)
  fillImages(6)
  for (const [id, { none }] of Object.entries(styleControls)) fill(id, { [none]: '' })
}

/** @param {import('./answers.ts').Capabilities} capabilities */
export function fillFrom({ contentModes, providers, limits, styles }) {
  for (const [id, { name, none }] of Object.entries(styleControls)) {
    const named = styles[name].map((value) => [shownAs(value), value])
    fill(id, { [none]: '', ...Object.fromEntries(named) })
  }
  fillImages(limits.images)
  fill('content', Object.fromEntries(contentModes.map((mode) => [mode, mode])))
  byId('content-part', HTMLElement).hidden = contentModes.length < 2
  const named = providers.map((name) => [providerName(name), name])
  fill('provider', { 'Whoever is first': '', ...Object.fromEntries(named) })
  byId('provider-part', HTMLElement).hidden = providers.length < 2
}

/** `low_key` is Low key. @param {string} value */
export const shownAs = (value) =>
  `${value.charAt(0).toUpperCase()}${value.slice(1)}`.replaceAll('_', ' ')

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
