/** Where the reference is dropped, pasted or chosen, shown upright, and uploaded at once. */
import { ask, hereOf, Problem } from './api.js'
import { byId } from './element.js'
import { keepPicture, keptPicture } from './pictures.js'
import { readPhoto } from './read-photo.js'

/**
 * @typedef {object} ReferenceArea
 * @property {() => boolean} has
 * @property {() => string | undefined} path Once it is uploaded.
 * @property {() => Promise<string | undefined>} uploaded Tries again what failed before. Throws `Problem`.
 * @property {(path: string | undefined) => Promise<void>} use One that the gateway has already.
 * @property {(words: string) => void} blame
 */

/**
 * @param {{ readonly onNew: () => void, readonly onChange: () => void, readonly onSeveral: (files: readonly File[]) => void }} heard
 *   `onNew`: a photo came in. `onChange`: another one is here, or none, or it is uploaded.
 * @returns {ReferenceArea}
 */
export function createReferenceArea({ onNew, onChange, onSeveral }) {
  const file = byId('file', HTMLInputElement)
  const drop = byId('drop', HTMLElement)
  const remove = byId('reference-remove', HTMLButtonElement)
  const image = byId('reference', HTMLImageElement)
  /** @type {Blob | undefined} */
  let blob
  /** @type {string | undefined} */
  let path
  /** @type {Promise<string> | undefined} */
  let uploading

  /** @param {readonly File[]} files */
  const take = async (files) => {
    const [first] = files
    if (!first) return
    if (files.length > 1) return onSeveral(files)
    blame('')
    drop.classList.add('busy')
    try {
      const photo = await readPhoto(first)
      blob = photo.blob
      path = undefined
      uploading = undefined
      show(URL.createObjectURL(blob), photo.note)
      onNew()
      await uploaded()
    } catch (error) {
      blameFor(error)
    } finally {
      drop.classList.remove('busy')
    }
  }

  const uploaded = async () => {
    if (path !== undefined || !blob) return path
    const sent = blob
    uploading ??= upload(sent)
    try {
      const found = await uploading
      // Another was chosen meanwhile.
      if (blob !== sent) return await uploaded()
      path = found
      blame('')
      onChange()
      return path
    } catch (error) {
      uploading = undefined
      throw error
    }
  }

  /**
   * @param {string | undefined} url
   * @param {string} note
   */
  const show = (url, note) => {
    if (image.src.startsWith('blob:')) URL.revokeObjectURL(image.src)
    if (url === undefined) image.removeAttribute('src')
    else image.src = url
    const has = url !== undefined
    image.hidden = !has
    remove.hidden = !has
    drop.classList.toggle('full', has)
    const words = byId('reference-note', HTMLElement)
    words.textContent = note
    words.hidden = note === ''
  }

  /** @param {unknown} error */
  const blameFor = (error) => blame(error instanceof Error ? error.message : String(error))

  const clear = () => {
    blob = undefined
    path = undefined
    uploading = undefined
    show(undefined, '')
    blame('')
    onChange()
  }
  remove.addEventListener('click', () => {
    clear()
    file.focus()
  })
  file.addEventListener('change', () => {
    void take([...(file.files ?? [])])
    // So that the same file may be chosen again.
    file.value = ''
  })
  hearDrops(drop, (files) => void take(files))
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    void take(files)
  })
  return {
    has: () => blob !== undefined || path !== undefined,
    path: () => path,
    uploaded,
    blame,
    async use(given) {
      clear()
      if (given === undefined) return
      const url = await pictureOf(given)
      path = given
      show(
        url ?? '/page/icon.svg',
        url ? '' : 'It was sent from another browser, and cannot be shown here.',
      )
      onChange()
    },
  }
}

/** @param {string} words empty: nothing is wrong. */
function blame(words) {
  byId('reference-trouble', HTMLElement).textContent = words
  byId('file', HTMLInputElement).setAttribute('aria-invalid', String(words !== ''))
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
export async function upload(blob) {
  const headers = { 'content-type': blob.type }
  const { path } = await ask('POST', '/v1/uploads', { body: blob, headers })
  await keepPicture(path, blob).catch(() => {})
  return path
}

/**
 * Of a reference: as this browser sent it, or as a job made it. Undefined where neither is to be had.
 *
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
export async function pictureOf(path) {
  const kept = await keptPicture(path).catch(() => undefined)
  if (kept) return URL.createObjectURL(kept)
  const [, id, index] = /\/([0-9a-f-]{36})\/(\d+)\.png$/.exec(path) ?? []
  if (id === undefined) return undefined
  try {
    const { assets } = await ask('GET', `/v1/jobs/${id}`)
    const asset = assets[Number(index)]
    return asset && hereOf(asset.url)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
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
}
