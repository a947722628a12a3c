/**
 * A private Postgres for tests and measurements: a cluster in a folder of its own, on a port of its own.
 *
 * Where there are no binaries, Debian's are installed if we may. They refuse to run as root, so that root runs them as
 * nobody.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '#platform/free-port.case.ts'

export interface PrivatePostgres extends AsyncDisposable {
  /** Of a database; of `postgres`, that of its superuser, unless named. */
  readonly url: (name?: string) => string
  /** Makes a new database, as a copy of another where one is named. */
  readonly create: (name: string, template?: string) => Promise<void>
  /** SIGKILL, as a machine that loses its power would. */
  readonly kill: () => Promise<void>
  /** Starts it anew on the same port and files. */
  readonly restart: () => Promise<void>
}

/** Why no Postgres can be started here; undefined where one can. */
export const postgresMissing: string | undefined = findOutWhatIsMissing()

/** @param settings as `postgres -c` takes them, `fsync=on`. Nothing is synced unless said. */
export async function privatePostgres(...settings: readonly string[]): Promise<PrivatePostgres> {
  const bin = folderOfBinaries()
  if (bin === undefined) throw new Error('no Postgres here: see postgresMissing')
  const folder = mkdtempSync(join(tmpdir(), 'i2i-postgres-'))
  const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid)
  const data = join(folder, 'data')
  const how = ['--no-sync', '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C']
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, ...how], { ...who, cwd: folder })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)

  const port = await freePort()
  const url = (name = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${name}`
  const quick = [
    'fsync=off',
    'full_page_writes=off',
    'max_connections=60',
    'log_min_messages=fatal',
  ]
  const words = [...quick, 'unix_socket_directories=', ...settings].flatMap((word) => ['-c', word])
  const start = async () => {
    const all = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', ...words]
    const started = spawn(join(bin, 'postgres'), all, { ...who, cwd: folder, stdio: 'ignore' })
    process.once('exit', () => started.kill('SIGQUIT'))
    await answers(url(), started)
    return started
  }
  let child = await start()
  const end = async (signal: 'SIGKILL' | 'SIGQUIT') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    // Those that serve a connection live on for a moment otherwise, and answer.
    const serving = signal === 'SIGKILL' ? childrenOf(child.pid) : []
    child.kill(signal)
    for (const pid of serving) killIfThere(pid)
    await ended
  }
  return {
    url,
    async create(name, template = 'template0') {
      await once(url(), `create database ${name} template ${template}`)
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL')
      // The children of a killed server go a moment after it, and none may start beside them.
      for (let tries = 0; ; tries++) {
        try {
          child = await start()
          return
        } catch (error) {
          if (tries === 20) throw error
          await sleep(100)
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** None where the system does not tell by files. */
function childrenOf(parent: number | undefined): readonly number[] {
  if (!existsSync('/proc/self/stat')) return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => parentOf(pid) === parent)
}

function parentOf(pid: number): number | undefined {
  try {
    // The name before it may hold anything, a parenthesis too.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1])
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was quicker.
  }
}

/** Debian's, and most systems'. */
const NOBODY = 65_534
const START_MS = 30_000

async function answers(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`)
    try {
      await once(url, 'select 1')
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await sleep(20)
    }
  }
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function findOutWhatIsMissing(): string | undefined {
  if (folderOfBinaries() !== undefined) return undefined
  const isRoot = process.getuid?.() === 0
  if (isRoot && spawnSync('apt-get', ['--version']).status === 0) install()
  if (folderOfBinaries() !== undefined) return undefined
  const reason = 'no Postgres binaries: run `apt-get install postgresql`'
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped, ${reason}`)
  return reason
}

/** On PATH, or where Debian puts them, newest first. */
function folderOfBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian) : []
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...newest.map((version) => join(debian, version, 'bin')),
  ]
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((file) => existsSync(join(folder, file))),
  )
}

/** The lock's timeout is for test files that find it missing at the same time. */
function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
  spawnSync('apt-get', ['-qq', 'update'], { env, stdio: 'ignore' })
  spawnSync('apt-get', [...options, 'install', 'postgresql'], { env, stdio: 'ignore' })
}
