/**
 * A secret of this gateway's: the one that is given, else one that is made at the first start and kept, so that what was
 * signed or hashed with it is good after the next.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '#contract'

export interface Kept {
  /** What the variable says; unset, the file counts. */
  readonly given: string | undefined
  readonly folder: string
}

/** By the variable that gives it. Gateways on one database must share both. */
const files = { GATEWAY_SECRET: 'gateway-secret', KEY_PEPPER: 'key-pepper' } as const

const LEAST_LENGTH = 32

/** Throws `configuration-invalid` for one that is too short, or a file that cannot be read or written. */
export async function keptSecret(
  variable: keyof typeof files,
  { given, folder }: Kept,
): Promise<string> {
  if (given !== undefined) return checked(given, variable)
  const place = join(folder, files[variable])
  try {
    return checked((await readOrMake(place)).trim(), place)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const message = `The secret in ${place} cannot be kept. Make it readable and its folder writable, or set ${variable}.`
    throw new Failure('configuration-invalid', message, { cause })
  }
}

async function readOrMake(place: string): Promise<string> {
  try {
    return await readFile(place, 'utf8')
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
    await makeOnce(place)
    return await readFile(place, 'utf8')
  }
}

/** Of several that start together one gives it its name, and none reads half of it. */
async function makeOnce(place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  const draft = `${place}.${randomBytes(8).toString('hex')}`
  await writeFile(draft, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 })
  try {
    await link(draft, place)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await unlink(draft)
  }
}

function checked(secret: string, name: string): string {
  if (secret.length >= LEAST_LENGTH) return secret
  const message = `${name} has fewer than ${LEAST_LENGTH} characters. Set one: openssl rand -hex 32.`
  throw new Failure('configuration-invalid', message)
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
