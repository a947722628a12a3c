/** What a disk or a volume refuses, as a failure that names the mend. */
import { Failure, messageOf } from '#contract'

export const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.some((code) => code === error.code)

export const isFull = (error: unknown): boolean => isCode(error, 'ENOSPC', 'EDQUOT')

export const isOfSystem = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error

/**
 * `storage-failed`, for whatever a system call has refused; anything else as it is.
 * @param what the path, and as much of the state as matters, such as "/workspace/a.part, of which 2.1 GB are there,"
 */
export function diskFailure(error: unknown, what: string): unknown {
  if (!isOfSystem(error)) return error
  return new Failure('storage-failed', sentenceOf(error, what), { cause: error })
}

function sentenceOf(error: Error, what: string): string {
  if (isFull(error)) {
    return `The disk is full: ${what} cannot grow. Free some, and run the same command again: it goes on from there.`
  }
  if (isCode(error, 'EROFS')) {
    return `${what} is on a volume that is mounted for reading alone: mount it for writing, or choose another --to.`
  }
  if (isCode(error, 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EEXIST')) {
    return `${what} cannot be written (${messageOf(error)}): attach the volume, or choose a --to that this user may write to.`
  }
  return `${what} cannot be written (${messageOf(error)}): look at the volume, and run the same command again.`
}
