/** Photos on their way in: each read, shown and uploaded in its turn, whatever becomes of the others. */
import { freshName, Problem } from './api.js'
import { inTurn } from './in-turn.js'
import { readPhoto } from './read-photo.js'
import { pictureOf, upload } from './uploads.js'

/**
 * @typedef {object} Photo
 * @property {string} id Here alone.
 * @property {string} name
 * @property {string | undefined} url Of what is shown of it.
 * @property {string} note What was done to it.
 * @property {string} trouble What is wrong with it, in a sentence.
 * @property {string | undefined} path Once the gateway has it.
 * @property {() => Promise<void>} read Throws `Problem` for what is no photo.
 * @property {() => Promise<string>} uploaded Its path. Tries again what failed before. Throws `Problem`.
 * @property {() => void} hold A batch goes on with it, whether it is shown or not.
 * @property {() => void} drop It is shown no more.
 */

/** A huge one fills a phone's memory: one at a time. */
const readInTurn = inTurn(1)
const uploadInTurn = inTurn(2)

/**
 * @param {File} file
 * @param {(photo: Photo) => void} onChange
 * @returns {Photo}
 */
export function photoOf(file, onChange) {
  /** @type {Blob | undefined} */
  let blob
  /** @type {Promise<void> | undefined} */
  let reading
  /** @type {Promise<string> | undefined} */
  let uploading
  let isWanted = true
  let isHeld = false

  const readNow = async () => {
    if (!isWanted) throw dropped()
    const read = await readPhoto(file)
    blob = read.blob
    photo.note = read.note
    photo.url = URL.createObjectURL(blob)
    onChange(photo)
  }
  const uploadNow = async () => {
    await photo.read()
    const path = await uploadInTurn(() =>
      isWanted && blob ? upload(blob) : Promise.reject(dropped()),
    )
    photo.path = path
    photo.trouble = ''
    onChange(photo)
    return path
  }
  /** @param {unknown} error */
  const blame = (error) => {
    photo.trouble = error instanceof Error ? error.message : String(error)
    if (isWanted) onChange(photo)
    throw error
  }

  /** @type {Photo} */
  const photo = {
    ...{ id: freshName(), name: file.name, url: undefined, note: '', trouble: '', path: undefined },
    async read() {
      reading ??= readInTurn(readNow).catch(blame)
      await reading
    },
    async uploaded() {
      if (photo.path !== undefined) return photo.path
      uploading ??= uploadNow().catch(blame)
      try {
        return await uploading
      } finally {
        uploading = undefined
      }
    },
    hold() {
      isHeld = true
    },
    drop() {
      isWanted = isHeld
      if (photo.url?.startsWith('blob:')) URL.revokeObjectURL(photo.url)
    },
  }
  return photo
}

/**
 * One that the gateway has already.
 *
 * @param {string} path
 * @returns {Promise<Photo>}
 */
export async function photoAt(path) {
  const url = await pictureOf(path)
  return {
    ...{ id: freshName(), name: path.slice(path.lastIndexOf('/') + 1), path, trouble: '' },
    url: url ?? '/page/icon.svg',
    note: url ? '' : 'It was sent from another browser, and cannot be shown here.',
    read: async () => {},
    uploaded: async () => path,
    hold() {},
    drop() {
      if (url?.startsWith('blob:')) URL.revokeObjectURL(url)
    },
  }
}

const dropped = () => new Problem({ code: 'cancelled', detail: 'The photo was taken away.' })
