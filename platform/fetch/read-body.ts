/** The body of an answer, decoded, up to a limit of what it is once decoded. */

import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Failure } from '#contract'

export interface BodyRules {
  readonly host: string
  readonly maxBytes: number
  /** The Content-Encoding that the answer declares. */
  readonly encoding: string | undefined
}

/**
 * All bytes of `body`. Throws `reference-too-large` as soon as the limit is passed, having held
 * no more than it and one chunk, and `reference-unreachable` for a coding that is not known.
 */
export async function readBody(body: Readable, rules: BodyRules): Promise<Uint8Array> {
  const { host, maxBytes } = rules
  const decoded = decode(body, rules)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of decoded) {
    length += chunk.length
    // Leaving the loop destroys the stream, and with it the connection.
    if (length > maxBytes) throw tooLarge(host, maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** As much of `body` as is within the limit and arrives: the status said what matters already. */
export async function readStart(body: Readable, rules: BodyRules): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let left = rules.maxBytes
  try {
    for await (const chunk of decode(body, rules)) {
      chunks.push(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) break
    }
  } catch {
    // Cut off, too slow, or in no coding of ours.
  }
  return Buffer.concat(chunks)
}

export function tooLarge(host: string, maxBytes: number): Failure {
  const limit = `${Math.round(maxBytes / 1e5) / 10} MB`
  return new Failure(
    'reference-too-large',
    `What ${host} sent is larger than ${limit}. Use a smaller file.`,
  )
}

function decode(body: Readable, { host, encoding = 'identity' }: BodyRules): Readable {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity' || name === '') return body
  const decoder = decoders[name]?.()
  if (!decoder) {
    body.destroy()
    const message = `What ${host} sent is encoded in a way that was not asked for. Use another host.`
    throw new Failure('reference-unreachable', message)
  }
  // An error of either ends both, and is thrown to whoever reads.
  return pipeline(body, decoder, () => {})
}

/** Identity is what we ask for; a store that keeps files compressed sends them so all the same. */
const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
}
