/** The files of a git ref in a folder of their own, for as long as they are used. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '#contract'

export interface Checkout extends AsyncDisposable {
  readonly folder: string
  /** The commit that the ref stands for, in short. */
  readonly commit: string
}

const run = promisify(execFile)

/**
 * An archive rather than a worktree: the repository is left as it is, and knows of nothing to clean up. Packages are
 * those of `root`. Throws `request-invalid` where `ref` names no commit.
 */
export async function checkOut(root: string, ref: string): Promise<Checkout> {
  const commit = await commitOf(root, ref)
  const parent = await mkdtemp(join(tmpdir(), 'i2i-bench-compare-'))
  const remove = () => rm(parent, { recursive: true, force: true })
  try {
    const [folder, archive] = [join(parent, commit), join(parent, 'archive.tar')]
    await run('git', ['archive', '--format=tar', `--output=${archive}`, commit], { cwd: root })
    await mkdir(folder)
    await run('tar', ['-xf', archive, '-C', folder])
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    return { folder, commit, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function commitOf(root: string, ref: string): Promise<string> {
  // A ref may not pass for an option.
  const asked = ['rev-parse', '--short', '--verify', '--end-of-options', `${ref}^{commit}`]
  try {
    const { stdout } = await run('git', asked, { cwd: root })
    return stdout.trim()
  } catch (cause) {
    const message = `${ref} names no commit here: name a branch, a tag or a commit of this repository.`
    throw new Failure('request-invalid', message, { cause })
  }
}
