/** Pictures in a folder of this machine: the storage of an installation that has no other. */

import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '#contract'
import { writeFileWhole } from '../image/write-file.ts'
import { objectPath, urlPath } from './object-path.ts'
import { signedQuery } from './signed-path.ts'
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

/** A storage over `folder`, which is made with its first file. */
export function localStorage({ folder, baseUrl, secret, now = Date.now }: LocalOptions): Storage {
  const root = resolve(folder)
  const placeOf = (path: string): string => {
    const { bucket, key } = objectPath(path)
    return join(root, bucket, key)
  }
  return {
    async put(path, bytes) {
      const place = placeOf(path)
      await translated(path, async () => {
        await mkdir(dirname(place), { recursive: true })
        await writeFileWhole(place, bytes)
      })
    },
    async get(path, maxBytes = MAX_FILE_BYTES) {
      const place = placeOf(path)
      const { size } = await translated(path, () => stat(place))
      if (size > maxBytes) throw tooLarge(path, maxBytes)
      return await translated(path, () => readFile(place))
    },
    async sign(path, seconds) {
      objectPath(path)
      const expires = Math.floor(now() / 1000) + seconds
      return `${baseUrl}/${urlPath(path)}?${signedQuery({ method: 'GET', path, expires }, secret)}`
    },
    async remove(path) {
      const place = placeOf(path)
      await translated(path, () => rm(place, { force: true }))
    },
    async publish(staged, final) {
      const [from, to] = [placeOf(staged), placeOf(final)]
      await translated(staged, async () => {
        await mkdir(dirname(to), { recursive: true })
        try {
          await rename(from, to)
        } catch (error) {
          if (!(isMissing(error) && (await isFile(to)))) throw error
        }
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
    const reason = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    const message = `The storage does not take or give ${path}${reason}. Check its folder and disk.`
    throw new Failure('storage-failed', message, { cause })
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

async function isFile(place: string): Promise<boolean> {
  return await stat(place).then(
    (found) => found.isFile(),
    () => false,
  )
}
