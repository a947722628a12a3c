/** The same done to many photos: each is a job of its own, and what goes wrong with one stops no other. */
import { Problem } from './api.js'
import { cancelItem, carry, isOver } from './batch-item.js'
import { keepBatch, keptBatch, newItem } from './batch-kept.js'
import { drawBatch, summaryOf } from './batch-panel.js'
import { saveBatch } from './batch-zip.js'
import { notice, say } from './notices.js'
import { tell } from './troubles.js'
import { freshWish, toRequest } from './wish.js'

/** @typedef {import('./batch-item.js').Item} Item */
/** @typedef {import('./wish.js').Wish} Wish */
/** @typedef {import('./photos.js').Photo} Photo */

/**
 * @typedef {object} Batch
 * @property {(wish: Wish, photos: readonly Photo[]) => void} start
 * @property {() => void} restore The one that the page was left with.
 * @property {() => void} escape Asks whether what is under way is to be cancelled.
 */

/**
 * @param {{ readonly onChosen: (id: string) => void, readonly onEnd: () => void }} heard
 * @returns {Batch}
 */
export function createBatch({ onChosen, onEnd }) {
  /** @type {readonly Item[]} */
  let items = []
  /** @type {Wish} */
  let wish = freshWish
  let ending = new AbortController()
  let isDrawn = true

  const draw = () => {
    isDrawn = true
    keepBatch({ wish, items })
    drawBatch(items, { onChosen, onCancel, onCancelAll, onClose, onSave: () => saveBatch(items) })
  }
  // As often as there is a frame, not as often as something changes.
  const onChange = () => {
    if (isDrawn) setTimeout(draw, FRAME_MS)
    isDrawn = false
  }
  /** @param {Item} item */
  const onCancel = (item) => void cancelItem(item, onChange)
  // The last first, so that none is begun in the meantime.
  const onCancelAll = () => items.toReversed().forEach(onCancel)
  const onClose = () => {
    ending.abort()
    items = []
    draw()
  }

  /**
   * @param {Wish} given
   * @param {readonly Item[]} fresh
   * @param {(index: number) => Promise<string>} photo
   */
  const run = async (given, fresh, photo) => {
    ending.abort()
    ending = new AbortController()
    const { signal } = ending
    wish = given
    items = fresh
    draw()
    const request = (/** @type {string} */ path) => ({
      ...toRequest(wish, [path]),
      metadata: { page: { wish, references: [path] } },
    })
    const isNews = items.some((item) => !isOver(item))
    const carried = items.map((item, i) =>
      carry(item, { request, signal, onChange, photo: () => photo(i) }),
    )
    await Promise.all(carried)
    if (signal.aborted || !isNews) return
    say(`The batch is over: ${summaryOf(items)}.`)
    onEnd()
  }
  return {
    start(given, photos) {
      if (items.some((item) => !isOver(item))) return tell('send', UNDER_WAY)
      for (const photo of photos) photo.hold()
      const fresh = photos.map(({ name }) => newItem({ name }))
      void run(given, fresh, (i) => photos[i]?.uploaded() ?? lost())
    },
    restore() {
      const kept = keptBatch()
      if (kept.items.length === 0) return
      void run(kept.wish, kept.items, async (i) => kept.items[i]?.path ?? lost())
    },
    escape() {
      const left = items.filter((item) => !isOver(item)).length
      if (left === 0) return
      notice(`${left} of the batch are under way.`, { label: 'Cancel all', run: onCancelAll })
    },
  }
}

const FRAME_MS = 50
const UNDER_WAY = 'A batch is under way. Send this one when it is over, or cancel that one.'

/** @returns {never} */
function lost() {
  const detail = 'It was not sent before the page was left. Choose it again.'
  throw new Problem({ code: 'image-unreadable', detail })
}
