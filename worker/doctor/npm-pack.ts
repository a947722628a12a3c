/** Downloads one package with npm, which knows this machine's proxies and registries. */
import { spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { Failure } from '#contract'

export interface PackOptions {
  /** An empty folder, for the package and for what npm keeps meanwhile. */
  readonly folder: string
  readonly signal: AbortSignal
  /** Is told now and then how many bytes have arrived. */
  readonly onBytes: (bytes: number) => void
}

const LOOK_EVERY_MS = 200

/** The path of the package's archive. Throws `device-unavailable` saying why npm did not bring it. */
export async function npmPack(
  spec: string,
  { folder, signal, onBytes }: PackOptions,
): Promise<string> {
  // With a cache of its own, what arrives can be watched, and none of it stays.
  const cache = join(folder, 'cache')
  const words = ['pack', spec, '--json', '--silent', '--pack-destination', folder, '--cache', cache]
  const child = spawn('npm', words, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  let startProblem: Error | undefined
  child.once('error', (error) => {
    startProblem = error
  })
  const timer = setInterval(async () => onBytes(await bytesIn(cache)), LOOK_EVERY_MS)
  // Not before it has closed: until then it may write into the folder.
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const outcome = await Promise.all([closed, text(child.stdout), text(child.stderr)])
  clearInterval(timer)
  signal.throwIfAborted()
  if (startProblem) {
    throw new Failure('device-unavailable', 'npm cannot be run: put it on PATH.', {
      cause: startProblem,
    })
  }
  const [status, said, complaints] = outcome
  if (status !== 0) throw refusal(spec, said, complaints)
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (archive === undefined) throw new Error(`npm pack of ${spec} left no archive`)
  return join(folder, archive)
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = names.map(async (name) => {
    const entry = await stat(join(folder, name)).catch(() => undefined)
    return entry?.isFile() ? entry.size : 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

const noWay = "there is no way to the registry: look at the network, and at npm's proxy setting"
const notThere = "the registry does not have it: look at npm's registry setting"

/** npm's codes that have a mend. */
const mends: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free 0.6 GB for the project's folder",
  ENOTFOUND: noWay,
  EAI_AGAIN: noWay,
  ENETUNREACH: noWay,
  ECONNREFUSED: "the registry refused the connection: look at npm's registry and proxy settings",
  ECONNRESET: 'the connection broke: try again',
  ETIMEDOUT: 'the registry did not answer: look at the network, or try again',
  ETARGET: notThere,
  E404: notThere,
  EINTEGRITY: 'what arrived is not what the registry promised: try again',
}

const complaint = z.object({ error: z.object({ code: z.string(), summary: z.string() }) })

function refusal(spec: string, said: string, complaints: string): Failure {
  const { code = '', summary } = understood(said)
  const last = complaints.trim().split('\n').at(-1)
  const why = mends[code] ?? summary ?? (last || 'it did not say why')
  return new Failure('device-unavailable', `npm could not fetch ${spec}: ${why}.`)
}

/** With `--json` npm says what is wrong on standard output. */
function understood(said: string): { readonly code?: string; readonly summary?: string } {
  try {
    return complaint.parse(JSON.parse(said)).error
  } catch {
    return {}
  }
}
