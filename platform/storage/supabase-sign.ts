/**
 * Signed URLs of Supabase Storage, which only it can make: those that are asked for at the same time are asked of it in
 * one call, so that a page of pictures does not cost a way there and back for each.
 */
import { Failure } from '#contract'
import { gather } from '../gather.ts'
import type { ObjectPath } from './object-path.ts'

export interface ToSign extends ObjectPath {
  readonly seconds: number
}

/** `POST /object/sign/BUCKET`. @returns the answer as it was parsed. */
export type AskToSign = (
  bucket: string,
  wish: { readonly expiresIn: number; readonly paths: readonly string[] },
) => Promise<unknown>

/** A page has a hundred pictures, a job twelve files. */
const MOST_TOGETHER = 200
const CALLS_AT_ONCE = 8

/**
 * @returns a function that gives a URL from the base of the interface on. It throws `not-found` for a file that is not
 * there, `storage-failed` for an answer that is not understood, and what `ask` throws.
 */
export function signTogether(ask: AskToSign): (file: ToSign) => Promise<string> {
  const together = async (files: readonly ToSign[]) => {
    const asked = new Map<string, Promise<ReadonlyMap<string, unknown>>>()
    const groupOf = ({ bucket, seconds }: ToSign) => `${seconds} ${bucket}`
    for (const file of files) {
      const group = groupOf(file)
      if (asked.has(group)) continue
      const paths = files.filter((each) => groupOf(each) === group).map(({ key }) => key)
      const wish = { expiresIn: file.seconds, paths: [...new Set(paths)] }
      asked.set(group, ask(file.bucket, wish).then(urlsIn))
    }
    const urls = files.map(async (file) => urlOf(file, await asked.get(groupOf(file))))
    // What is said of one bucket is nothing to the files of another.
    return await Promise.allSettled(urls)
  }
  const sign = gather(together, { most: MOST_TOGETHER, lanes: CALLS_AT_ONCE })
  return async (file) => {
    const signed = await sign(file)
    if (signed.status === 'rejected') throw signed.reason
    return signed.value
  }
}

/** By path; of a file that is not there null. */
function urlsIn(answer: unknown): ReadonlyMap<string, unknown> {
  const urls = new Map<string, unknown>()
  for (const each of Array.isArray(answer) ? answer : []) {
    const { path, signedURL }: Readonly<Record<string, unknown>> = { ...each }
    if (typeof path === 'string') urls.set(path, signedURL)
  }
  return urls
}

function urlOf({ bucket, key }: ToSign, urls: ReadonlyMap<string, unknown> = new Map()): string {
  const url = urls.get(key)
  if (typeof url === 'string') return url
  if (url === null) {
    throw new Failure('not-found', `There is no file ${bucket}/${key}. It may have expired.`)
  }
  const message = 'Supabase Storage answered without signedURL. Check its version.'
  throw new Failure('storage-failed', message)
}
