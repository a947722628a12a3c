/** The folders of local storage, which are there as long as a file is, though others make and remove them meanwhile. */

import { mkdir, rmdir } from 'node:fs/promises'
import { dirname, sep } from 'node:path'

/** How often a folder may be removed, as empty, between its making and the first file in it. */
const TRIES = 20

/** Makes the folder of `place` and does the work, which is to put a file there. */
export async function inFolderOf(place: string, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(dirname(place), { recursive: true })
      return await work()
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? error.cause : error
      if (!isMissing(reason) || attempt >= TRIES) throw error
    }
  }
}

/** From the folder of `place` upwards, and never `root` itself. */
export async function removeEmptyFolders(place: string, root: string): Promise<void> {
  const within = root + sep
  for (let folder = dirname(place); folder.startsWith(within); folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch (error) {
      // Whoever removed it goes on upwards too, or had to stop; any other reason is one to leave it.
      if (!isMissing(error)) return
    }
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
