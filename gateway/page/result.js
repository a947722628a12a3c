/** What a job made: its pictures beside the photo they came from, and what may be done with them. */
import { hereOf } from './api.js'
import { compare } from './compare.js'
import { draftOf } from './draft.js'
import { button, element } from './element.js'
import { pictureOf } from './uploads.js'
import { whatRan } from './what-ran.js'

/** @typedef {import('./answers.ts').Job} Job */
/** @typedef {import('./answers.ts').Asset} Asset */

/**
 * @param {HTMLElement} place
 * @param {{ readonly job: Job, readonly signal: AbortSignal, readonly heard: import('./stage.js').Heard }} shown
 */
export async function showResult(place, { job, signal, heard }) {
  if (job.assets.length === 0) {
    const words = job.purgedAt
      ? 'Its pictures were deleted, as old ones are.'
      : 'It made no picture.'
    place.replaceChildren(element('p', { className: 'empty' }, words))
    return
  }
  const [reference] = draftOf(job).references
  const before = reference === undefined ? undefined : await pictureOf(reference)
  if (signal.aborted) return
  let index = 0
  const picture = element('div', { className: 'picture' })
  const ways = element('div', { className: 'ways' })
  const strip = element('ul', { className: 'strip' })

  const choose = (/** @type {number} */ next) => {
    index = next
    const asset = job.assets[index]
    if (!asset) return
    const after = hereOf(asset.url)
    picture.replaceChildren(
      compare({ before, after, width: asset.width, height: asset.height, alt: altOf(job) }),
    )
    const download = element('a', {
      href: after,
      download: `i2i-${job.jobId.slice(0, 8)}-${index}.png`,
      className: 'button',
      textContent: 'Download',
    })
    ways.replaceChildren(
      download,
      button('Use as the next reference', () => heard.onReuse(job, asset)),
      button('Repeat with these parameters', () => heard.onRepeat(job, asset)),
    )
    for (const [i, each] of [...strip.querySelectorAll('button')].entries()) {
      each.setAttribute('aria-pressed', String(i === index))
    }
  }
  if (job.assets.length > 1) {
    strip.append(...job.assets.map((asset, i) => thumbnail(asset, i, () => choose(i))))
  }
  choose(0)
  place.replaceChildren(element('div', { className: 'result' }, picture, strip, ways, whatRan(job)))
}

/** @param {Job} job */
const altOf = ({ finalPrompt, prompt }) => finalPrompt || prompt || 'The picture that was made'

/**
 * @param {Asset} asset
 * @param {number} index
 * @param {() => void} onClick
 */
function thumbnail(asset, index, onClick) {
  const each = button('', onClick)
  each.append(
    element('img', {
      src: hereOf(asset.thumbnailUrl),
      alt: `Image ${index + 1}`,
      width: 72,
      height: 72,
    }),
  )
  return element('li', {}, each)
}
