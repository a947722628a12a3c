/** Pictures in a folder of this machine: the storage of an installation that has no other. */

import { readFile, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '#contract'
import { writeFileWhole } from '../image/write-file.ts'
import { inFolderOf, isMissing, removeEmptyFolders } from './folders.ts'
import { objectPath, urlPath } from './object-path.ts'
import { type Permission, signedQuery } from './signed-path.ts'
import { MAX_FILE_BYTES, type Storage } from './storage.ts'
import { tooLarge } from './too-large.ts'

export interface LocalOptions {
  readonly folder: string
  /** Where the folder is served, such as `http://127.0.0.1:8787/v1/files`. */
  readonly baseUrl: string
  /** Of the signatures in URLs; whoever serves the folder checks them with `isPermitted`. */
  readonly secret: string
  /** Milliseconds since 1970; the clock's unless given. */
  readonly now?: () => number
}

/** A storage over `folder`. Folders are made with their first file, and go with their last. */
export function localStorage({ folder, baseUrl, secret, now = Date.now }: LocalOptions): Storage {
  const root = resolve(folder)
  const placeOf = (path: string): string => {
    const { bucket, key } = objectPath(path)
    return join(root, bucket, key)
  }
  const urlFor = (permission: Permission): string =>
    `${baseUrl}/${urlPath(permission.path)}?${signedQuery(permission, secret)}`
  const expiryAfter = (seconds: number): number => Math.floor(now() / 1000) + seconds
  return {
    async put(path, bytes) {
      const place = placeOf(path)
      await translated(path, () => inFolderOf(place, () => writeFileWhole(place, bytes)))
    },
    async get(path, maxBytes = MAX_FILE_BYTES) {
      const place = placeOf(path)
      const { size } = await translated(path, () => stat(place))
      if (size > maxBytes) throw tooLarge(path, maxBytes)
      return await translated(path, () => readFile(place))
    },
    async sign(path, seconds) {
      objectPath(path)
      return urlFor({ method: 'GET', path, expires: expiryAfter(seconds) })
    },
    async signUpload(path, { contentType }, seconds) {
      objectPath(path)
      const limits = { contentType, maxBytes: MAX_FILE_BYTES }
      return urlFor({ method: 'PUT', path, expires: expiryAfter(seconds), ...limits })
    },
    async remove(path) {
      const place = placeOf(path)
      await translated(path, async () => {
        await rm(place, { force: true })
        await removeEmptyFolders(place, root)
      })
    },
    async publish(staged, final) {
      const [from, to] = [placeOf(staged), placeOf(final)]
      await translated(staged, async () => {
        try {
          await stat(from)
          await inFolderOf(to, () => rename(from, to))
        } catch (error) {
          if (!(isMissing(error) && (await isFile(to)))) throw error
        }
        await removeEmptyFolders(from, root)
      })
    },
  }
}

async function translated<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isMissing(cause)) {
      throw new Failure('not-found', `There is no file ${path}. It may have expired.`, { cause })
    }
    const origin = cause instanceof Failure ? cause.cause : cause
    const reason = origin instanceof Error && 'code' in origin ? ` (${origin.code})` : ''
    const message = `The storage does not take or give ${path}${reason}. Check its folder and disk.`
    throw new Failure('storage-failed', message, { cause })
  }
}

async function isFile(place: string): Promise<boolean> {
  return await stat(place).then(
    (found) => found.isFile(),
    () => false,
  )
}
