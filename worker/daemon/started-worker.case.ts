/** `npm run worker` as a process of its own, for tests: what it says, and its end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { typescriptLoader } from '#platform/typescript-loader.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

export interface StartedWorker {
  readonly child: ChildProcess
  /** Of both streams. */
  readonly lines: string[]
  readonly has: (text: string) => Promise<void>
}

/** Answers on a port of its own; killed when the test ends. */
export function startWorker(variables: Readonly<Record<string, string>>): StartedWorker {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [...typescriptLoader(), MAIN], {
    env: { PATH, HOME, WORKER_PORT: '0', WORKER_HOST: '127.0.0.1', ...variables },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => lines.push(...String(data).split('\n').filter(Boolean)))
  }
  const has = (text: string) =>
    expect.poll(() => lines.join('\n'), { timeout: 30_000 }).toContain(text)
  return { child, lines, has }
}
