/**
 * Keeps a folder for one process: a database within a process knows nothing of another on the same files, and the two
 * would destroy what they write. It is held by a socket beside the folder, which ends with its process however that
 * ends; of a lock file nobody knows whether whoever wrote it still runs.
 */
import { createHash } from 'node:crypto'
import { stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'

/** Throws `configuration-invalid` where the folder is held already, by this process too. */
export async function holdFolder(folder: string): Promise<AsyncDisposable> {
  const place = `${resolve(folder)}.lock`
  const server = await holdAt(place.length > LONGEST ? elsewhere(place) : place, folder).catch(
    (error) => {
      if (error instanceof Failure) throw error
      // Not every file system knows sockets.
      return holdAt(elsewhere(place), folder)
    },
  )
  return {
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  }
}

/** Of the address of a socket, on every system. */
const LONGEST = 100

function elsewhere(place: string): string {
  const name = createHash('sha256').update(place).digest('hex').slice(0, 32)
  return join(tmpdir(), `i2i-${name}.lock`)
}

/** Longer than it takes to replace what a dead process left. */
const REPLACED_MS = 50

async function holdAt(place: string, folder: string): Promise<Server> {
  const first = await listen(place)
  if (first) return first
  if (await answers(place)) throw held(folder)
  // Whoever listened there is gone. Of several that find that out, the last to replace it has it.
  await unlink(place).catch(() => {})
  const second = await listen(place)
  if (!second) throw held(folder)
  const mine = await stat(place).catch(() => undefined)
  await sleep(REPLACED_MS)
  const now = await stat(place).catch(() => undefined)
  if (mine && now?.ino === mine.ino) return second
  // It is not closed: that would take away the socket of whoever has it.
  throw held(folder)
}

/** Undefined where there is a socket already. */
function listen(place: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref()
  return new Promise((found, reject) => {
    server.once('listening', () => found(server))
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? found(undefined) : reject(error),
    )
    server.listen(place)
  })
}

function answers(place: string): Promise<boolean> {
  return new Promise((found) => {
    const socket = connect(place)
    socket.once('error', () => found(false))
    socket.once('connect', () => {
      socket.destroy()
      found(true)
    })
  })
}

function held(folder: string): Failure {
  const message = `The database in ${folder} is another process's: is a gateway running? Stop it, or set DATABASE_URL.`
  return new Failure('configuration-invalid', message)
}
