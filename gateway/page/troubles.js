/** What is wrong, in words, beside the field that it is about. */
import { Problem } from './api.js'
import { byId } from './element.js'

/** Places for words, each with the field that they are about. */
const places = /** @type {const} */ ({
  reference: 'file',
  prompt: 'prompt',
  strength: 'strength',
  seed: 'seed',
  negative: 'negative',
  send: 'send',
})

/** @typedef {keyof typeof places} Place */

const placeNames = /** @type {Place[]} */ (Object.keys(places))

/** @type {Readonly<Record<string, Place>>} */
const placeOfField = {
  reference_image_url: 'reference',
  prompt: 'prompt',
  denoise_strength: 'strength',
  reference_strength: 'strength',
  seed: 'seed',
  negative_prompt: 'negative',
}

/** @param {readonly Place[]} [told] All of them unless given. */
export function forgetTroubles(told = placeNames) {
  for (const place of told) tell(place, '')
}

/**
 * @param {Place} place
 * @param {string} words empty: nothing is wrong.
 */
export function tell(place, words) {
  byId(`${place}-trouble`, HTMLElement).textContent = words
  const field = byId(places[place], HTMLElement)
  if (place !== 'send') field.setAttribute('aria-invalid', String(words !== ''))
  // What is folded away is not beside anything.
  if (words !== '') field.closest('details')?.setAttribute('open', '')
}

/**
 * Tells each, and goes to the first.
 *
 * @param {Partial<Record<Place, string>>} troubles
 * @returns whether there are any.
 */
export function tellAll(troubles) {
  const told = Object.entries(troubles)
  for (const [place, words] of told) tell(/** @type {Place} */ (place), words)
  const [first] = told
  if (first) byId(places[/** @type {Place} */ (first[0])], HTMLElement).focus()
  return told.length > 0
}

/** @param {unknown} error */
export function tellProblem(error) {
  if (!(error instanceof Problem)) throw error
  /** @type {Partial<Record<Place, string>>} */
  const troubles = {}
  for (const { field, message } of error.errors) {
    const place = placeOfField[field]
    if (place) troubles[place] = `This ${message}.`
  }
  const place = placeOfCode(error.code)
  tellAll(Object.keys(troubles).length > 0 ? troubles : { [place]: error.message })
}

/**
 * @param {string} code
 * @returns {Place}
 */
export function placeOfCode(code) {
  if (
    code.startsWith('reference-') ||
    code.startsWith('image-') ||
    code.startsWith('policy-reference')
  )
    return 'reference'
  return code === 'policy-prompt' ? 'prompt' : 'send'
}
