/** A program of ours as a person runs it: typed, in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { typescriptLoader } from './typescript-loader.ts'

export interface Surroundings {
  readonly cwd?: string
  /** Nothing else of the tester's own reaches it but where programs and the home are. */
  readonly variables?: NodeJS.ProcessEnv
}

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export function startProgram(
  main: URL,
  typed: readonly string[],
  { cwd, variables }: Surroundings = {},
): ChildProcessWithoutNullStreams {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, ...variables }
  return spawn(process.execPath, [...typescriptLoader(), fileURLToPath(main), ...typed], {
    cwd,
    env,
  })
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
