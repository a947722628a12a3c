/** The command line as a person runs it, in a process of its own, in a folder of its own. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, ended, startProgram } from '#platform/program.case.ts'

export const photo = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))

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
  // No checkpoint, device or folder that the tester's own environment names.
  const variables = { THREADS: '1', DEVICE: 'cpu', ...environment }
  return startProgram(new URL('./main.ts', import.meta.url), typed, { cwd: folder, variables })
}

export async function i2i(...started: Parameters<typeof startI2i>): Promise<Ended> {
  return ended(startI2i(...started))
}
