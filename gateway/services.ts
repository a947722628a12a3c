/** What the configuration names, opened: storage, receivers of callbacks, and the secret that is kept. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '#contract'
import { localStorage } from '#platform/storage/local-storage.ts'
import { s3Storage } from '#platform/storage/s3-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { supabaseStorage } from '#platform/storage/supabase-storage.ts'
import {
  createSendCallback,
  type Scheme,
  type SendCallback,
} from '#platform/webhook/send-callback.ts'
import type { CallbackConfig, GatewayConfig } from './config.ts'

export interface LocalFiles {
  readonly baseUrl: string
  readonly secret: string
}

/** @param local for files that this gateway serves itself. */
export function openStorage(
  { s3, supabase, folder }: GatewayConfig['storage'],
  local: LocalFiles,
): Storage {
  if (s3) return s3Storage(s3)
  if (supabase) return supabaseStorage(supabase)
  return localStorage({ folder: resolve(folder), ...local })
}

/** Made at the first start, so that what was signed before a restart is good after it. */
export async function keptSecret(folder: string, name: string): Promise<string> {
  const place = join(folder, name)
  await mkdir(folder, { recursive: true })
  const made = randomBytes(32).toString('hex')
  // Whoever comes second reads what the first has written.
  await writeFile(place, made, { flag: 'wx', mode: 0o600 }).catch(() => {})
  const kept = await readFile(place, 'utf8').catch((cause) => {
    const message = `The secret in ${place} cannot be read. Give this user the right to, or remove it.`
    throw new Failure('configuration-invalid', message, { cause })
  })
  if (kept.length >= 32) return kept
  throw new Failure('configuration-invalid', `The secret in ${place} is cut short. Remove it.`)
}

/** Undefined where nobody may be told. */
export function openCallbacks(config: CallbackConfig): SendCallback | undefined {
  const { url, bearer, hosts } = config
  const scheme = schemeOf(config)
  if (!scheme) return undefined
  return createSendCallback({
    ...(url !== undefined && {
      receiver: { url, scheme, ...(bearer !== undefined && { bearer }) },
    }),
    ...(hosts.length > 0 && { others: { allowedHosts: hosts, scheme } }),
  })
}

function schemeOf({ scheme, secret }: CallbackConfig): Scheme | undefined {
  if (secret === undefined) return undefined
  return scheme === 'standard' ? { kind: scheme, secrets: [secret] } : { kind: scheme, secret }
}
