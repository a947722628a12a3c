/** Where photos are dropped, pasted or chosen: one is shown large, several as a list in their order. */
import { byId } from './element.js'
import { drawPhotoList } from './photo-list.js'
import { photoAt, photoOf } from './photos.js'

/** @typedef {import('./photos.js').Photo} Photo */

/** More are better sent in two goes than held in one tab. */
const MOST_PHOTOS = 50

/**
 * @typedef {object} PhotoArea
 * @property {() => readonly Photo[]} photos In order.
 * @property {(paths: readonly string[]) => Promise<void>} use Those that the gateway has already.
 */

/**
 * @typedef {object} PhotoAreaHeard
 * @property {(came: { readonly isAdded: boolean }) => void} onNew Photos came in, in place of what was there or beside it.
 * @property {() => void} onChange Another is here, or one is gone, uploaded or refused.
 */

/**
 * @param {PhotoAreaHeard} heard
 * @returns {PhotoArea}
 */
export function createPhotoArea({ onNew, onChange }) {
  const file = byId('file', HTMLInputElement)
  const drop = byId('drop', HTMLElement)
  /** @type {readonly Photo[]} */
  let photos = []
  let isAdding = false

  /** @param {readonly Photo[]} next */
  const put = (next) => {
    for (const each of photos) if (!next.includes(each)) each.drop()
    photos = next
    show()
    onChange()
  }
  const show = () => {
    drawOne(photos)
    drawPhotoList(photos, { onMove: move, onRemove: remove })
    if (photos.length === 1) blame(photos[0]?.trouble ?? '')
  }
  /** @param {Photo} photo */
  const changed = (photo) => {
    if (!photos.includes(photo)) return
    show()
    onChange()
  }
  /** @param {Photo} photo */
  const remove = (photo) => put(photos.filter((each) => each !== photo))
  /** @param {Photo} photo One place nearer to the first. */
  const move = (photo) => {
    const at = photos.indexOf(photo)
    if (at > 0)
      put([...photos.slice(0, at - 1), photo, ...photos.slice(at - 1).filter(isNot(photo))])
  }

  /** @param {readonly File[]} files */
  const take = async (files) => {
    const isAdded = photos.length > 1 || (isAdding && photos.length === 1)
    isAdding = false
    if (files.length === 0) return
    blame('')
    const kept = isAdded ? photos : []
    const came = files.slice(0, MOST_PHOTOS - kept.length).map((each) => photoOf(each, changed))
    if (kept.length + files.length > MOST_PHOTOS) {
      blame(`${MOST_PHOTOS} photos at a time: the rest are left out. Send these, then those.`)
    }
    const [only] = came
    // What is there gives way to nothing that is no photo.
    if (only && !isAdded && came.length === 1 && !(await isPhoto(only))) return
    put([...kept, ...came])
    onNew({ isAdded })
    // What is wrong with one is said beside it.
    for (const each of came) each.uploaded().catch(() => {})
  }
  /** @param {Photo} photo */
  const isPhoto = async (photo) => {
    drop.classList.add('busy')
    try {
      await photo.read()
      return true
    } catch {
      blame(photo.trouble)
      return false
    } finally {
      drop.classList.remove('busy')
    }
  }

  byId('photo-remove', HTMLButtonElement).addEventListener('click', () => {
    put([])
    blame('')
    file.focus()
  })
  byId('photo-add', HTMLButtonElement).addEventListener('click', () => {
    isAdding = true
    file.click()
  })
  file.addEventListener('cancel', () => {
    isAdding = false
  })
  file.addEventListener('change', () => {
    void take([...(file.files ?? [])])
    // So that the same file may be chosen again.
    file.value = ''
  })
  hearDrops(drop, (files) => void take(files))
  return {
    photos: () => photos,
    async use(paths) {
      const found = await Promise.all(paths.map((path) => photoAt(path)))
      blame('')
      put(found)
    },
  }
}

/** @param {Photo} photo */
const isNot = (photo) => (/** @type {Photo} */ each) => each !== photo

/** @param {string} words empty: nothing is wrong. */
function blame(words) {
  byId('reference-trouble', HTMLElement).textContent = words
  byId('file', HTMLInputElement).setAttribute('aria-invalid', String(words !== ''))
}

/** @param {readonly Photo[]} photos */
function drawOne(photos) {
  const [first] = photos
  const one = photos.length === 1 ? first : undefined
  const image = byId('reference', HTMLImageElement)
  if (one?.url === undefined) image.removeAttribute('src')
  else if (image.src !== one.url) image.src = one.url
  image.hidden = one === undefined
  byId('photo-ways', HTMLElement).hidden = one === undefined
  const drop = byId('drop', HTMLElement)
  drop.classList.toggle('full', one !== undefined)
  drop.classList.toggle('several', photos.length > 1)
  byId('drop-words', HTMLElement).textContent =
    photos.length > 1 ? 'Add more photos' : 'Choose a photo'
  const note = byId('reference-note', HTMLElement)
  note.textContent = one?.note ?? ''
  note.hidden = note.textContent === ''
}

/**
 * Anywhere on the page: who misses the field is not to lose the page to the photo.
 *
 * @param {HTMLElement} drop
 * @param {(files: File[]) => void} take
 */
function hearDrops(drop, take) {
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    drop.classList.add('over')
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over')
  })
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    drop.classList.remove('over')
    take([...(event.dataTransfer?.files ?? [])])
  })
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    take(files)
  })
}
