/** What a strength means, in words: what of the reference can still be told afterwards. */

/** Upper ends, as denoise strengths. */
const meanings = /** @type {const} */ ([
  [0.1, 'Nearly the same picture.'],
  [0.25, 'Retouches: light, colour and texture.'],
  [0.4, 'Keeps people and places; changes materials and mood.'],
  [0.6, 'Keeps the composition; changes what is in it.'],
  [0.8, 'Keeps the rough layout alone.'],
  [1, 'Takes hardly anything from the photo.'],
])

/** @param {number} strength */
export function meaningOf(strength) {
  for (const [end, words] of meanings) if (strength <= end) return words
  return ''
}
