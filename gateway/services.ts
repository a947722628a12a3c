/** Where pictures are kept, as the configuration names it, and the secret that signs their addresses. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '#contract'
import { localStorage } from '#platform/storage/local-storage.ts'
import { s3Storage } from '#platform/storage/s3-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { supabaseStorage } from '#platform/storage/supabase-storage.ts'
import type { GatewayConfig } from './config.ts'

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
