/**
 * The secret beside the database without which no hash of a key can be made: whoever gets hold of the rows alone can
 * neither use nor check a key.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#contract'

export interface PepperOptions {
  /** KEY_PEPPER. Gateways on one database must share it. */
  readonly pepper?: string | undefined
  /** Where one is made, once, if none is given. */
  readonly dataFolder: string
}

const FILE = 'key-pepper'
const LEAST_LENGTH = 32

/** Throws `configuration-invalid` for one that is too short, or a file that cannot be read or written. */
export async function readPepper({ pepper, dataFolder }: PepperOptions): Promise<string> {
  if (pepper !== undefined) return checked(pepper, 'KEY_PEPPER')
  const place = join(dataFolder, FILE)
  try {
    await mkdir(dataFolder, { recursive: true })
    await makeOnce(place)
    return checked((await readFile(place, 'utf8')).trim(), place)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const message = `The secret for API keys cannot be kept in ${place}. Make that folder writable, or set KEY_PEPPER.`
    throw new Failure('configuration-invalid', message, { cause })
  }
}

/** Of several that start together one gives it its name, and none reads half of it. */
async function makeOnce(place: string): Promise<void> {
  const draft = `${place}.${randomBytes(8).toString('hex')}`
  await writeFile(draft, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 })
  try {
    await link(draft, place)
  } catch (error) {
    if (!isThere(error)) throw error
  } finally {
    await unlink(draft)
  }
}

function checked(pepper: string, name: string): string {
  if (pepper.length >= LEAST_LENGTH) return pepper
  const message = `${name} has fewer than ${LEAST_LENGTH} characters. Make one: openssl rand -hex 32.`
  throw new Failure('configuration-invalid', message)
}

const isThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST'
