/** The command line as a person runs it, in a process of its own, in a folder of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const photo = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder that is gone with the variable. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'i2i-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export function startI2i(
  typed: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const { PATH, HOME } = process.env
  return spawn(process.execPath, ['--import', tsx, main, ...typed], {
    cwd: folder,
    // No checkpoint, device or folder that the tester's own environment names.
    env: { PATH, HOME, THREADS: '1', DEVICE: 'cpu', ...environment },
  })
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

export async function i2i(...started: Parameters<typeof startI2i>): Promise<Ended> {
  return ended(startI2i(...started))
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
}
