/** References as they were sent, kept in this browser by their path: for "before", and to go on from after a reload. */

const STORE = 'references'
/** The oldest go first: a phone's photo is a few MB. */
const MOST = 40

/**
 * @param {string} path
 * @param {Blob} blob
 */
export async function keepPicture(path, blob) {
  const store = await open('readwrite')
  if (!store) return
  await ended(store.put({ path, blob, at: Date.now() }))
  const keys = await ended(store.index('at').getAllKeys())
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST))) store.delete(key)
}

/**
 * @param {string} path
 * @returns {Promise<Blob | undefined>}
 */
export async function keptPicture(path) {
  const store = await open('readonly')
  const found = store && (await ended(store.get(path)))
  return found?.blob
}

/**
 * Undefined where the browser keeps nothing, as in some private windows.
 *
 * @param {IDBTransactionMode} mode
 * @returns {Promise<IDBObjectStore | undefined>}
 */
async function open(mode) {
  try {
    const request = indexedDB.open('i2i', 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: 'path' }).createIndex('at', 'at')
    }
    const database = await ended(request)
    return database.transaction(STORE, mode).objectStore(STORE)
  } catch {
    return undefined
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const ended = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
