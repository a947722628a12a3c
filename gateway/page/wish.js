/** What is asked for, as the form has it; what the modes do to it; and how it is sent. */

import { styleControls, styleIds } from './choices.js'

/**
 * @typedef {object} Wish
 * @property {'modify' | 'copy'} mode
 * @property {string} prompt
 * @property {string} negative
 * @property {number} strength Denoise strength, of MODIFY.
 * @property {boolean} enhance
 * @property {string} style
 * @property {string} shot
 * @property {string} angle
 * @property {string} lighting
 * @property {string} mood
 * @property {string} quality
 * @property {string} seed
 * @property {boolean} isSeedLocked
 * @property {number} images
 * @property {string} aspect Empty: as the reference.
 * @property {string} contentMode
 * @property {string} provider Empty: whoever is first.
 * @property {'each' | 'together'} several What is made of several photos: a picture of each, or one of all.
 */

export const MODIFY_STRENGTH = 0.5
/** Of the reference that stays in COPY. */
export const COPY_REFERENCE_STRENGTH = 0.95

/** @type {Readonly<Wish>} */
export const freshWish = {
  mode: 'modify',
  prompt: '',
  negative: '',
  strength: MODIFY_STRENGTH,
  enhance: true,
  style: '',
  shot: '',
  angle: '',
  lighting: '',
  mood: '',
  quality: 'high',
  seed: '',
  isSeedLocked: false,
  images: 1,
  aspect: '',
  contentMode: 'sfw',
  provider: '',
  several: 'each',
}

/**
 * MODIFY starts anew at its own strength, enhanced; style controls come back as they were chosen.
 *
 * @param {Wish} wish
 * @param {Wish['mode']} mode
 * @returns {Wish}
 */
export function inMode(wish, mode) {
  if (mode === 'copy') return { ...wish, mode }
  return { ...wish, mode, strength: MODIFY_STRENGTH, enhance: true }
}

/**
 * The body of `POST /v1/jobs`.
 *
 * @param {Wish} wish
 * @param {readonly string[]} paths Of the references in their order, as their uploads were answered.
 */
export function toRequest(wish, [path, ...further]) {
  const isCopy = path !== undefined && wish.mode === 'copy'
  return {
    prompt: wish.prompt.trim(),
    ...(isCopy ? {} : stylesOf(wish)),
    ...(wish.negative.trim() === '' ? {} : { negative_prompt: wish.negative.trim() }),
    ...(path === undefined ? {} : { reference_image_url: path }),
    ...(further.length === 0 ? {} : { further_reference_urls: further }),
    ...(path === undefined ? {} : strengthOf(wish)),
    ...(isCopy || !wish.enhance ? { skip_enhancement: true } : {}),
    quality: wish.quality,
    num_images: wish.images,
    ...(wish.isSeedLocked && wish.seed.trim() !== '' ? { seed: Number(wish.seed) } : {}),
    ...(wish.aspect === '' ? {} : { aspect_ratio: wish.aspect }),
    ...(wish.contentMode === 'sfw' ? {} : { content_mode: wish.contentMode }),
    ...(wish.provider === '' ? {} : { provider: wish.provider }),
  }
}

/** @param {Wish} wish */
const strengthOf = ({ mode, strength }) =>
  mode === 'copy'
    ? { exact_copy_mode: true, reference_strength: COPY_REFERENCE_STRENGTH }
    : { denoise_strength: strength }

/** @param {Wish} wish */
const stylesOf = (wish) =>
  Object.fromEntries(
    styleIds.flatMap((id) => (wish[id] === '' ? [] : [[styleControls[id].name, wish[id]]])),
  )

const MOST_SEED = Number.MAX_SAFE_INTEGER
/** Of one picture: the first, and nine beside it. */
const MOST_REFERENCES = 10

/**
 * What can be told before anything is sent, by the field that it is about.
 *
 * @param {Wish} wish
 * @param {number} photos
 * @returns {Partial<Record<'prompt' | 'seed' | 'reference', string>>}
 */
export function troublesOf(wish, photos) {
  const isSeed = /^\d{1,16}$/.test(wish.seed.trim()) && Number(wish.seed) <= MOST_SEED
  const isTooMany = wish.several === 'together' && photos > MOST_REFERENCES
  const prompt = promptTrouble(wish, photos > 0)
  return {
    ...(isTooMany && { reference: tooMany(photos) }),
    ...(prompt !== '' && { prompt }),
    ...(wish.isSeedLocked && !isSeed && { seed: NO_SEED }),
  }
}

const NO_SEED = 'A seed is a whole number from 0. Write one, or unlock it.'

/** @param {number} photos */
const tooMany = (photos) =>
  `One picture is made of ${MOST_REFERENCES} photos at most. Remove ${photos - MOST_REFERENCES}, or make one picture of each.`

/**
 * @param {Wish} wish
 * @param {boolean} hasReference
 */
function promptTrouble({ prompt, mode }, hasReference) {
  if (prompt.trim() !== '') return ''
  if (!hasReference) return 'Say what to draw, or drop in a photo to change.'
  return mode === 'copy' ? '' : 'Say what to change. To keep the photo as it is, switch to Copy.'
}
