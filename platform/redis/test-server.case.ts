/**
 * A Redis for tests: the one that REDIS_URL names, else a private one from PATH on a port of its own.
 *
 * Where there is none, Debian's is installed if we may. Otherwise tests fail in CI and are skipped elsewhere, with
 * the reason: `describe.skipIf(redisMissing)(…)`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.case.ts'
import { connectRedis } from './connect.ts'

export interface TestRedis extends AsyncDisposable {
  readonly url: string
}

/** One that a test may do anything to, always private. */
export interface PrivateRedis extends TestRedis {
  /** SIGKILL, as a machine that loses its power would. */
  readonly kill: () => Promise<void>
  /** Starts it anew on the same port and files; `settings` count over those before. */
  readonly restart: (...settings: readonly string[]) => Promise<void>
}

/** Why no Redis can be started here; undefined where one can. */
export const privateRedisMissing: string | undefined = findOutWhatIsMissing()

/** Why there is no Redis here at all. */
export const redisMissing = process.env.REDIS_URL ? undefined : privateRedisMissing

export async function testRedis(): Promise<TestRedis> {
  const url = process.env.REDIS_URL
  return url ? { url, async [Symbol.asyncDispose]() {} } : privateRedis()
}

/** @param settings as redis-server takes them, `--appendonly yes`. */
export async function privateRedis(...settings: readonly string[]): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'i2i-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const start = async (others: readonly string[] = []) => {
    // Redis looks hz times a second for waits that are over; its usual 10 make short ones long.
    const where = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder]
    const fixed = [...where, '--save', '', '--hz', '500']
    const started = spawn(server(), [...fixed, ...settings, ...others], { stdio: 'ignore' })
    const end = () => started.kill('SIGKILL')
    process.once('exit', end)
    await answers(url, started)
    started.once('exit', () => process.off('exit', end))
    return started
  }
  let child = await start()
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  return {
    url,
    kill,
    async restart(...others) {
      await kill()
      child = await start(others)
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function server(): string {
  return process.env.REDIS_SERVER_BIN ?? 'redis-server'
}

/** Long enough to load an append-only file on a busy machine. */
const START_MS = 20_000

async function answers(url: string, child: ChildProcess): Promise<void> {
  await using connection = connectRedis(url, { purpose: 'worker', name: 'test-start' })
  let timer: NodeJS.Timeout | undefined
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    timer = setTimeout(() => reject(new Error('redis-server does not answer')), START_MS)
  })
  try {
    await Promise.race([connection.call('PING'), failed])
  } finally {
    clearTimeout(timer)
    child.removeAllListeners()
  }
}

function findOutWhatIsMissing(): string | undefined {
  if (isThere()) return undefined
  const isRoot = process.getuid?.() === 0
  if (isRoot && !process.env.REDIS_URL && spawnSync('apt-get', ['--version']).status === 0)
    install()
  if (isThere()) return undefined
  const reason = 'no redis-server: run `apt-get install redis-server`, or set REDIS_URL'
  if (process.env.CI && !process.env.REDIS_URL) throw new Error(reason)
  console.warn(`skipped, ${reason}`)
  return reason
}

function isThere(): boolean {
  return spawnSync(server(), ['--version']).status === 0
}

/** The lock's timeout is for test files that find it missing at the same time. */
function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
  spawnSync('apt-get', ['-qq', 'update'], { env, stdio: 'ignore' })
  spawnSync('apt-get', [...options, 'install', 'redis-server'], { env, stdio: 'ignore' })
}
