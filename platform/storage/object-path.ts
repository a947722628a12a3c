/** The one form of path that every storage takes: a bucket, then folders and a name. */

import { Failure } from '#contract'

export interface ObjectPath {
  readonly bucket: string
  /** Relative to the bucket, slashes between. */
  readonly key: string
}

const MAX_LENGTH = 1024
/** What Supabase takes in a key, but `?`; no backslash, no `%`, nothing invisible. */
const SEGMENT = /^[\w!\-.*'() &$@=;:+,]+$/

/**
 * Splits `workspace-temp/USER/JOB/0.png` at its first slash. Throws `request-invalid` for what
 * climbs, is empty in parts, or has characters that mean something to a URL or a file system.
 */
export function objectPath(path: string): ObjectPath {
  const [bucket = '', ...folders] = path.split('/')
  const segments = [bucket, ...folders]
  const isPlain = segments.every((segment) => SEGMENT.test(segment) && !/^\.+$/.test(segment))
  if (!isPlain || folders.length === 0 || path.length > MAX_LENGTH) {
    const message = `The path ${JSON.stringify(path.slice(0, 200))} is none of a stored file.`
    throw new Failure('request-invalid', `${message} Write it as BUCKET/FOLDER/NAME.`)
  }
  return { bucket, key: folders.join('/') }
}

/** Each segment as a URL spells it. */
export const urlPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
