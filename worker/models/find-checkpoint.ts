/** Where a checkpoint lies that was named without its folder: volumes are mounted here on pods, and there on serverless. */
import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * The path in the first of `folders` that has it, else in the first at all, so that what is missing is named by its
 * whole path; without folders, relative to where the process stands.
 */
export function findCheckpoint(named: string, folders: readonly string[]): string {
  const [first] = folders
  if (isAbsolute(named) || first === undefined) return resolve(named)
  const there = folders.find((folder) => existsSync(join(folder, named)))
  return resolve(there ?? first, named)
}
