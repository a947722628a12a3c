/** Where pictures are kept, as the configuration names it. */
import { resolve } from 'node:path'
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
