/** References on their way to the gateway, and as they were, to be shown again. */
import { ask, hereOf, Problem } from './api.js'
import { keepPicture, keptPicture } from './pictures.js'

/**
 * Throws `Problem`.
 *
 * @param {Blob} blob
 * @returns {Promise<string>} its path there.
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
