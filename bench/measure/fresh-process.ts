/** Runs what is measured in a process of its own, which says what it found as one JSON object. */
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { Failure } from '#contract'
import { typescriptLoader } from '#platform/typescript-loader.ts'

export interface Measured<Found> {
  /** A script beside the caller: TypeScript for Node, or Python. */
  readonly script: URL
  /** Handed over as the script's one argument, in JSON. */
  readonly task: Readonly<Record<string, unknown>>
  /** What the last line that it prints must be. */
  readonly found: z.ZodType<Found>
  /** Which Python runs a `.py`. */
  readonly python?: string
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Where it looks for packages and files; by default this process's own folder. */
  readonly folder?: string
  /** Kills it at once. */
  readonly signal?: AbortSignal
}

/** Throws where the process fails, with what it last said, and the signal's reason once that is aborted. */
export async function freshProcess<Found>(measured: Measured<Found>): Promise<Found> {
  const script = fileURLToPath(measured.script)
  const isPython = script.endsWith('.py')
  const command = isPython ? (measured.python ?? 'python3') : process.execPath
  const runner = isPython ? [script] : [...typescriptLoader(), script]
  const child = spawn(command, [...runner, JSON.stringify(measured.task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...measured.env },
    ...(measured.folder && { cwd: measured.folder }),
  })
  const kill = () => child.kill('SIGKILL')
  measured.signal?.addEventListener('abort', kill)
  if (measured.signal?.aborted) kill()
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? String(code)))
  })
  const [end, printed, complaints] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]).catch((cause: unknown) => {
    throw new Failure('request-invalid', `${command} cannot be run here: install it, or name it.`, {
      cause,
    })
  })
  measured.signal?.removeEventListener('abort', kill)
  measured.signal?.throwIfAborted()
  if (end !== '0') {
    const why = complaints.trim().split('\n').slice(-3).join('\n')
    throw new Error(`${basename(script)} ended with ${end}: ${why}`)
  }
  return measured.found.parse(JSON.parse(printed.trim().split('\n').at(-1) ?? ''))
}
