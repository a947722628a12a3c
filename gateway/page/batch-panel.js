/** A batch on the page: one line for each photo, how far all of them are, and what may be done about it. */
import { hereOf } from './api.js'
import { isOver } from './batch-item.js'
import { button, byId, element } from './element.js'

/** @typedef {import('./batch-item.js').Item} Item */

/**
 * @typedef {object} BatchHeard
 * @property {(id: string) => void} onChosen A picture is to be seen.
 * @property {(item: Item) => void} onCancel
 * @property {() => void} onCancelAll
 * @property {() => void} onSave
 * @property {() => void} onClose
 */

/**
 * Nothing is shown of a batch of none.
 *
 * @param {readonly Item[]} items
 * @param {BatchHeard} heard
 */
export function drawBatch(items, heard) {
  byId('batch', HTMLElement).hidden = items.length === 0
  byId('batch-summary', HTMLElement).textContent = summaryOf(items)
  const done = items.reduce((sum, item) => sum + (isOver(item) ? 1 : item.fraction), 0)
  byId('batch-progress', HTMLProgressElement).value = done / Math.max(1, items.length)
  const list = byId('batch-list', HTMLOListElement)
  while (list.children.length > items.length) list.lastChild?.remove()
  for (const [i, item] of items.entries()) drawRow(list, i, { item, heard })
  drawWays(items, heard)
}

/**
 * Anew only where it has changed, and with the focus where it was.
 *
 * @param {HTMLOListElement} list
 * @param {number} index
 * @param {{ readonly item: Item, readonly heard: BatchHeard }} drawn
 */
function drawRow(list, index, { item, heard }) {
  const was = list.children[index]
  const state = stateOf(item)
  if (was?.getAttribute('data-is') === state) {
    const bar = was.querySelector('progress')
    if (bar) bar.value = item.fraction
    return
  }
  const isHeld = was?.contains(document.activeElement)
  const now = row(item, heard)
  now.setAttribute('data-is', state)
  if (was) was.replaceWith(now)
  else list.append(now)
  if (isHeld) now.querySelector('button')?.focus()
}

/** @param {readonly Item[]} items */
export function summaryOf(items) {
  const count = (/** @type {Item['status']} */ status) =>
    items.filter((item) => item.status === status).length
  const [failed, cancelled] = [count('failed'), count('cancelled')]
  return [
    `${count('completed')} of ${items.length} made`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ].join(', ')
}

/**
 * What its line shows, but for how far it is.
 *
 * @param {Item} item
 */
const stateOf = ({ key, status, words, jobId, face }) => [key, status, jobId, words, face].join(' ')

/**
 * @param {Item} item
 * @param {BatchHeard} heard
 */
function row(item, { onChosen, onCancel }) {
  const { name, status, fraction, jobId, job } = item
  const [asset] = job?.assets ?? []
  const src = asset ? hereOf(asset.thumbnailUrl) : item.face
  const face = src
    ? element('img', { src, alt: '', width: 48, height: 48 })
    : element('span', { className: `face ${status}`, ariaHidden: 'true' })
  const about = element(
    'span',
    { className: 'about' },
    element('span', { className: 'name' }, name),
    element('span', { className: status === 'failed' ? 'trouble' : 'hint' }, wordsOf(item)),
  )
  if (status === 'processing') {
    about.append(element('progress', { max: 1, value: fraction, ariaLabel: `How far ${name} is` }))
  }
  const line = element('li', {}, face, about)
  if (!isOver(item)) {
    const cancel = button('Cancel', () => onCancel(item), 'small')
    cancel.ariaLabel = `Cancel ${name}`
    line.append(cancel)
  } else if (jobId !== undefined) {
    const show = button('Show', () => onChosen(jobId), 'small')
    show.ariaLabel = `Show ${name}`
    line.append(show)
  }
  return line
}

/** @param {Item} item */
function wordsOf({ status, words }) {
  if (status === 'completed') return 'Made'
  return status === 'cancelled' ? 'Cancelled' : words
}

/**
 * Drawn anew only where they change: a button that is about to be pressed stays.
 *
 * @param {readonly Item[]} items
 * @param {BatchHeard} heard
 */
function drawWays(items, { onCancelAll, onSave, onClose }) {
  const place = byId('batch-ways', HTMLElement)
  const left = items.filter((item) => !isOver(item)).length
  const made = items.filter(({ status }) => status === 'completed').length
  const state = `${left > 0} ${made}`
  if (place.getAttribute('data-is') === state) return
  place.setAttribute('data-is', state)
  const isHeld = place.contains(document.activeElement)
  place.replaceChildren(
    ...(made > 0
      ? [button(`Download ${made === 1 ? 'the picture' : `${made} pictures`} as one zip`, onSave)]
      : []),
    ...(left > 0 ? [button('Cancel all', onCancelAll)] : [button('Close', onClose)]),
  )
  if (isHeld) place.querySelector('button')?.focus()
}
