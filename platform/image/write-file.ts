/** A file that appears whole or not at all, whatever is killed when. */

import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '#contract'

/**
 * Writes beside `path`, syncs, and renames onto it, replacing what was there. What it resolves for outlasts a power cut:
 * the bytes were on disk before they had the name, and the name is by now. No flush of these can go: without the first
 * a power cut could leave the name on a part of the file, without the second no file of that name. Times and owner, which
 * `datasync` leaves for later, nobody reads (fdatasync(2); the length is among what it writes).
 * Throws `request-invalid` where the folder is missing, shut, or `path` is itself a folder.
 */
export async function writeFileWhole(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${randomUUID()}.tmp`)
  try {
    await writeSynced(temporary, bytes)
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw explained(path, cause)
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** Makes the rename itself last through a power cut. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch {
    // Some file systems cannot sync a folder; the file itself is safe by now.
  } finally {
    await handle?.close()
  }
}

function explained(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = reasons[code]
  if (reason === undefined) return cause
  return new Failure('request-invalid', `Cannot write ${path}: ${reason}`, { cause })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist. Create it first.',
  ENOTDIR: 'its folder is a file. Choose another place.',
  EISDIR: 'it is a folder. Add a file name.',
  EACCES: 'the folder may not be written to. Choose another place.',
  EPERM: 'the folder may not be written to. Choose another place.',
  EROFS: 'the disk is read-only. Choose another place.',
  ENOSPC: 'the disk is full. Free some space.',
  ENAMETOOLONG: 'the name is too long. Shorten it.',
}
