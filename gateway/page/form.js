/** The form as a wish, and a wish as the form: what COPY turns off is off, and is said to be. */
import { shownAs, styleIds } from './choices.js'
import { byId } from './element.js'
import { meaningOf } from './strength-words.js'
import { COPY_REFERENCE_STRENGTH } from './wish.js'

/** @typedef {import('./wish.js').Wish} Wish */

/**
 * @param {Wish} kept What the form does not show while COPY has turned it off stays as it is there.
 * @returns {Wish}
 */
export function readForm(kept) {
  const mode = radio('mode') === 'copy' ? 'copy' : 'modify'
  const isOff = byId('styles', HTMLFieldSetElement).disabled
  return {
    ...kept,
    mode,
    prompt: byId('prompt', HTMLTextAreaElement).value,
    negative: byId('negative', HTMLTextAreaElement).value,
    ...(isOff ? {} : switched()),
    quality: radio('quality'),
    seed: byId('seed', HTMLInputElement).value,
    isSeedLocked: byId('seed-lock', HTMLInputElement).checked,
    images: Number(select('images')) || 1,
    aspect: select('aspect'),
    contentMode: select('content') || 'sfw',
    provider: select('provider'),
    several: radio('several') === 'together' ? 'together' : 'each',
    ...(byId('enhance', HTMLInputElement).disabled ? {} : { enhance: isEnhanced() }),
  }
}

const isEnhanced = () => byId('enhance', HTMLInputElement).checked

const switched = () => ({
  strength: byId('strength', HTMLInputElement).valueAsNumber,
  ...{ style: select('style'), shot: select('shot'), angle: select('angle') },
  ...{ lighting: select('lighting'), mood: select('mood') },
})

/**
 * @typedef {object} Standing
 * @property {number} photos Without one there is nothing to copy, and no strength.
 * @property {string} noEnhancement Why no prompt is enhanced here; empty where they are.
 */

/**
 * @param {Wish} wish
 * @param {Standing} standing
 */
export function writeForm(wish, { photos, noEnhancement }) {
  const hasReference = photos > 0
  const isCopy = hasReference && wish.mode === 'copy'
  byId('mode', HTMLFieldSetElement).disabled = !hasReference
  choose('mode', isCopy ? 'copy' : 'modify')
  byId('mode-why', HTMLElement).textContent = whyOf(isCopy, hasReference)
  byId('prompt-label', HTMLElement).textContent = labelOf(isCopy, hasReference)
  setText('prompt', wish.prompt)
  setText('negative', wish.negative)
  writeStrength(isCopy ? 1 - COPY_REFERENCE_STRENGTH : wish.strength, { isCopy, hasReference })
  writeSeveral(wish, photos)
  const enhance = byId('enhance', HTMLInputElement)
  enhance.disabled = isCopy || noEnhancement !== ''
  enhance.checked = !enhance.disabled && wish.enhance
  byId('enhance-why', HTMLElement).textContent = isCopy ? '' : noEnhancement
  byId('styles', HTMLFieldSetElement).disabled = isCopy
  byId('looks-chosen', HTMLElement).textContent = isCopy ? 'Off in Copy' : chosenWords(wish)
  for (const name of styleIds) {
    byId(name, HTMLSelectElement).value = isCopy ? '' : wish[name]
  }
  choose('quality', wish.quality)
  const seed = byId('seed', HTMLInputElement)
  if (seed.value !== wish.seed) seed.value = wish.seed
  byId('seed-lock', HTMLInputElement).checked = wish.isSeedLocked
  byId('images', HTMLSelectElement).value = String(wish.images)
  byId('aspect', HTMLSelectElement).value = wish.aspect
  byId('content', HTMLSelectElement).value = wish.contentMode
  byId('provider', HTMLSelectElement).value = wish.provider
}

/**
 * What is folded away is seen to be chosen.
 *
 * @param {Wish} wish
 */
const chosenWords = (wish) =>
  styleIds.flatMap((id) => (wish[id] === '' ? [] : [shownAs(wish[id])])).join(', ')

/**
 * @param {number} strength
 * @param {{ readonly isCopy: boolean, readonly hasReference: boolean }} standing
 */
function writeStrength(strength, { isCopy, hasReference }) {
  byId('strength-part', HTMLElement).hidden = !hasReference
  const slider = byId('strength', HTMLInputElement)
  slider.valueAsNumber = strength
  slider.disabled = isCopy
  byId('strength-number', HTMLOutputElement).textContent = strength.toFixed(2)
  const kept = `Reference strength ${(1 - strength).toFixed(2)}.`
  slider.setAttribute('aria-valuetext', `${strength.toFixed(2)}. ${meaningOf(strength)}`)
  byId('strength-words', HTMLElement).textContent = `${meaningOf(strength)} ${kept}`
}

/**
 * @param {Wish} wish
 * @param {number} photos
 */
function writeSeveral({ several }, photos) {
  byId('several', HTMLFieldSetElement).hidden = photos < 2
  choose('several', several)
  const why = byId('several-why', HTMLElement)
  why.hidden = photos < 2
  why.textContent =
    several === 'each'
      ? `The same is done to each of the ${photos} photos; what goes wrong with one stops no other.`
      : 'The first is the composition. The others go to providers that take several references.'
  const send = byId('send-words', HTMLElement)
  send.textContent = photos > 1 && several === 'each' ? `Make ${photos} pictures` : 'Make it'
}

/**
 * @param {boolean} isCopy
 * @param {boolean} hasReference
 */
function whyOf(isCopy, hasReference) {
  if (!hasReference) return 'With a photo you can modify it, or copy it as it is.'
  if (!isCopy) return ''
  return 'Copy changes as little as can be: strength, enhancement and style are off, for each would add something that is not in the photo.'
}

/**
 * @param {boolean} isCopy
 * @param {boolean} hasReference
 */
function labelOf(isCopy, hasReference) {
  if (!hasReference) return 'What to draw'
  return isCopy ? 'What it shows, if you like' : 'What to change'
}

/** @param {string} id */
const select = (id) => byId(id, HTMLSelectElement).value

/** @param {string} name */
const radios = (name) => [
  .../** @type {NodeListOf<HTMLInputElement>} */ (
    document.querySelectorAll(`input[name="${name}"]`)
  ),
]

/** @param {string} name */
const radio = (name) => radios(name).find(({ checked }) => checked)?.value ?? ''

/**
 * @param {string} name
 * @param {string} value
 */
function choose(name, value) {
  for (const each of radios(name)) each.checked = each.value === value
}

/**
 * Leaves the caret where it is.
 *
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
  const area = byId(id, HTMLTextAreaElement)
  if (area.value !== text) area.value = text
}
