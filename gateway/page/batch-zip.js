/** The pictures of a batch as one file, each under the name of its photo. */
import { ask, hereOf, Problem } from './api.js'
import { element } from './element.js'
import { notice, say } from './notices.js'
import { zip } from './zip.js'

/** @typedef {import('./batch-item.js').Item} Item */

/**
 * Says what cannot be had; the others are in it all the same.
 *
 * @param {readonly Item[]} items
 */
export async function saveBatch(items) {
  say('The pictures are being put into one file.')
  const taken = new Set()
  const entries = []
  let missing = 0
  for (const item of items) {
    if (item.status !== 'completed' || item.jobId === undefined) continue
    try {
      for (const blob of await picturesOf(item.jobId)) {
        entries.push({ name: freeName(item.name, taken), blob })
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      missing++
    }
  }
  if (missing > 0) {
    const which = missing === 1 ? 'One picture is' : `${missing} pictures are`
    notice(`${which} not in the file: the storage did not give them. Download them one by one.`)
  }
  if (entries.length > 0) offer(await zip(entries), `i2i-${entries.length}-pictures.zip`)
}

/**
 * @param {string} id
 * @returns {Promise<readonly Blob[]>}
 */
async function picturesOf(id) {
  // Asked anew, since addresses of pictures are good for minutes.
  const { assets } = await ask('GET', `/v1/jobs/${id}`)
  return await Promise.all(assets.map(({ url }) => pictureAt(hereOf(url))))
}

/** @param {string} url */
async function pictureAt(url) {
  const response = await fetch(url).catch(() => undefined)
  if (!response?.ok) {
    throw new Problem({ code: 'storage-failed', detail: 'The storage does not give the picture.' })
  }
  return await response.blob()
}

/**
 * Of a file that no other of the archive has, whatever letters a file system takes for the same.
 *
 * @param {string} name
 * @param {Set<string>} taken
 */
function freeName(name, taken) {
  const base = name.replace(/\.[^.]*$/, '').replace(/[\\/:*?"<>|\p{Cc}]/gu, '_') || 'picture'
  for (let i = 1; ; i++) {
    const free = `${base}${i === 1 ? '' : `-${i}`}.png`
    if (taken.has(free.toLowerCase())) continue
    taken.add(free.toLowerCase())
    return free
  }
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function offer(blob, name) {
  const href = URL.createObjectURL(blob)
  element('a', { href, download: name }).click()
  // The browser reads it after this.
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}
