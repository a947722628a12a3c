/**
 * An API key as text: `i2i_live_Ab3dE6gH_…`, whose eight characters in the middle name it and whose end is its secret.
 * It is known by its beginning, so that scanners find one that was published.
 */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { base62, DIGITS } from './base62.ts'

export interface ApiKey {
  /** Eight letters and digits: no secret, and for logs. */
  readonly id: string
  /** All of it. */
  readonly text: string
}

/** Where a key is for: lower case, so that it cannot be taken for an id. */
export const ENVIRONMENT = /^[a-z][a-z0-9]{0,11}$/
const KEY = /^i2i_[a-z][a-z0-9]{0,11}_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}$/

export function makeApiKey(environment: string): ApiKey {
  const id = Array.from({ length: 8 }, () => DIGITS[randomInt(DIGITS.length)]).join('')
  return { id, text: `i2i_${environment}_${id}_${base62(randomBytes(32))}` }
}

/** Undefined for what does not look like one. */
export function readApiKey(text: string): ApiKey | undefined {
  const [, id] = KEY.exec(text) ?? []
  return id === undefined ? undefined : { id, text }
}

/** What is kept of a key, in hexadecimal. Nobody guesses 32 random bytes, so that no slow hash is called for. */
export const hashOf = ({ text }: ApiKey, pepper: string): string =>
  createHmac('sha256', pepper).update(text).digest('hex')

/** In the same time wherever they differ. */
export function isHashOf(key: ApiKey, hash: string, pepper: string): boolean {
  const [own, kept] = [Buffer.from(hashOf(key, pepper), 'hex'), Buffer.from(hash, 'hex')]
  return own.length === kept.length && timingSafeEqual(own, kept)
}
