/** Several photos in their order, each with what is wrong with it, and moved or taken away by hand or key. */
import { button, byId, element } from './element.js'

/** @typedef {import('./photos.js').Photo} Photo */

/**
 * @typedef {object} PhotoListHeard
 * @property {(photo: Photo) => void} onMove One place nearer to the first.
 * @property {(photo: Photo) => void} onRemove
 */

/**
 * Draws nothing for fewer than two.
 *
 * @param {readonly Photo[]} photos
 * @param {PhotoListHeard} heard
 */
export function drawPhotoList(photos, heard) {
  const list = byId('photo-list', HTMLOListElement)
  const focused = document.activeElement
  const held = focused instanceof HTMLElement && list.contains(focused) ? focused : undefined
  const [photo, way] = held ? [held.closest('li')?.id, held.className] : []
  list.hidden = photos.length < 2
  list.replaceChildren(...(list.hidden ? [] : photos.map((each, i) => row(each, i, heard))))
  // Whoever goes through it by key goes on from where they were.
  if (held) {
    const again = list.querySelector(`li[id="${photo}"] .${way}:not(:disabled)`)
    const next = again ?? list.querySelector('.remove') ?? byId('file', HTMLInputElement)
    if (next instanceof HTMLElement) next.focus()
  }
}

/**
 * @param {Photo} photo
 * @param {number} index
 * @param {PhotoListHeard} heard
 */
function row(photo, index, { onMove, onRemove }) {
  const { id, name, url, note, trouble, path } = photo
  const face = url
    ? element('img', { src: url, alt: '', width: 48, height: 48 })
    : element('span', { className: `face ${trouble ? 'failed' : ''}`, ariaHidden: 'true' })
  const state = trouble || note || (path === undefined ? 'On its way…' : '')
  const up = button('↑', () => onMove(photo), 'up')
  up.ariaLabel = `Move ${name} up`
  up.disabled = index === 0
  const remove = button('×', () => onRemove(photo), 'remove')
  remove.ariaLabel = `Remove ${name}`
  return element(
    'li',
    { id },
    face,
    element(
      'span',
      { className: 'about' },
      element('span', { className: 'name' }, name),
      element('span', { className: trouble ? 'trouble' : 'hint' }, state),
    ),
    up,
    remove,
  )
}
