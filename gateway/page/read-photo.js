/** Makes of whatever was dropped a picture that the gateway takes, upright and no larger than is of use; or says why not. */
import { Problem } from './api.js'

/**
 * @typedef {object} Photo
 * @property {Blob} blob
 * @property {number} width
 * @property {number} height
 * @property {string} note What was done to it; empty for nothing.
 */

/** Beyond what any job draws from, and far below what the gateway refuses. */
const LONGEST_SIDE = 2048
const MOST_BYTES = 8_000_000
const MOST_PIXELS = 12_000_000

/** Types that are sent as they are. */
const TAKEN = new Set(['image/jpeg', 'image/png', 'image/webp'])

/**
 * Throws `Problem` with `image-unreadable`.
 *
 * @param {Blob} file
 * @returns {Promise<Photo>}
 */
export async function readPhoto(file) {
  const type = await typeOf(file)
  const told = refused[type]
  if (told !== undefined) throw unreadable(told)
  // The browser turns it upright by its EXIF, as the gateway does.
  const bitmap = await createImageBitmap(file).catch(() => {
    throw unreadable(undecodable[type] ?? BROKEN)
  })
  try {
    const { width, height } = bitmap
    const isHuge = width * height > MOST_PIXELS || file.size > MOST_BYTES
    if (TAKEN.has(type) && !isHuge)
      return { blob: file.slice(0, file.size, type), width, height, note: '' }
    return await redrawn(bitmap, type)
  } finally {
    bitmap.close()
  }
}

/**
 * @param {ImageBitmap} bitmap
 * @param {string} type
 * @returns {Promise<Photo>}
 */
async function redrawn(bitmap, type) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height))
  const [width, height] = [bitmap.width, bitmap.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  )
  const canvas = new OffscreenCanvas(width ?? 1, height ?? 1)
  const context = canvas.getContext('2d')
  if (!context)
    throw unreadable('This browser could not resize the photo. Scale it down and choose it again.')
  context.imageSmoothingQuality = 'high'
  context.fillStyle = 'white'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
  const megapixels = Math.round((bitmap.width * bitmap.height) / 1e6)
  const from = scale < 1 ? `${megapixels} megapixels` : type.replace('image/', '').toUpperCase()
  const note = `Made ${canvas.width} × ${canvas.height} here, from ${from}, before it was sent.`
  return { blob, width: canvas.width, height: canvas.height, note }
}

/**
 * By its first bytes: names and declared types are often wrong.
 *
 * @param {Blob} file
 */
async function typeOf(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer())
  const text = String.fromCharCode(...head)
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG')) return 'image/png'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp'
  if (text.startsWith('%PDF')) return 'application/pdf'
  if (text.startsWith('GIF8')) return 'image/gif'
  if (text.slice(4, 8) === 'ftyp')
    return /hei[cmsx]|hev|mif1|msf1/.test(text) ? 'image/heic' : 'image/avif'
  return head.length === 0 ? 'empty' : file.type
}

/** @type {Readonly<Record<string, string>>} */
const refused = {
  'application/pdf': 'This is a PDF, not a photo. Save the page as PNG or JPEG, and choose that.',
  empty: 'This file is empty. Choose it again once it is whole.',
}

const BROKEN =
  'This photo is damaged, or no picture at all. Open it, save it anew as JPEG or PNG, and choose that.'

/** @type {Readonly<Record<string, string>>} */
const undecodable = {
  'image/heic':
    'This is HEIC, which this browser cannot open. Export it as JPEG (an iPhone does it by sharing), and choose that.',
  'image/avif':
    'This is AVIF or a video, which cannot be opened here. Save it as JPEG or PNG, and choose that.',
}

/** @param {string} detail */
const unreadable = (detail) => new Problem({ code: 'image-unreadable', detail })
