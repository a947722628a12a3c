/** What bytes that are no picture of ours seem to be, so that a refusal can say it. */

/**
 * A noun phrase such as `a PDF document`, or undefined where nothing is recognised.
 * Reads the first bytes only and promises nothing: it is for messages, not for decisions.
 */
export function looksLike(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty file'
  // Latin-1, so that one character is one byte.
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1')
  for (const [start, name] of signatures) if (head.startsWith(start)) return name
  if (head.startsWith('RIFF')) return riffKinds[head.slice(8, 12)] ?? 'a RIFF file'
  if (head.slice(4, 8) === 'ftyp') return brandName(head.slice(8, 12))
  return markupName(head)
}

const signatures: readonly (readonly [string, string])[] = [
  ['\xff\xd8\xff', 'a JPEG'],
  ['\x89PNG\r\n\x1a\n', 'a PNG'],
  ['GIF8', 'a GIF'],
  ['%PDF-', 'a PDF document'],
  ['II*\0', 'a TIFF or camera raw picture'],
  ['MM\0*', 'a TIFF or camera raw picture'],
  ['BM', 'a BMP picture'],
  ['8BPS', 'a Photoshop document'],
  ['\xff\x0a', 'a JPEG XL picture'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  ['\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
  ['\0\0\x01\0', 'an icon file'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['\x1f\x8b', 'a gzip archive'],
  ['\x1aE\xdf\xa3', 'a WebM or Matroska video'],
]

const riffKinds: Readonly<Record<string, string>> = {
  WEBP: 'a WebP',
  WAVE: 'a WAV sound',
  'AVI ': 'an AVI video',
}

/** ISO base media files say in four letters after `ftyp` whether they are stills or film. */
function brandName(brand: string): string {
  if (brand === 'avif' || brand === 'avis') return 'an AVIF picture'
  if (/^(hei|hev|mif1|msf1)/.test(brand)) return 'a HEIC picture'
  return 'an MP4 or QuickTime video'
}

function markupName(head: string): string | undefined {
  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase()
  if (/<svg[\s>]/.test(text)) return 'an SVG drawing'
  if (/^<(!doctype html|html|head|body)/.test(text)) return 'an HTML page'
  if (text.startsWith('<')) return 'an XML or HTML document'
  if (/^[[{]/.test(text)) return 'JSON text'
  return undefined
}
