/** The environment of `npm start`: the gateway's variables and the worker's, with defaults that need nothing. */

import { type DaemonConfig, readDaemonConfig } from '#worker/daemon/config.ts'
import { type GatewayConfig, readGatewayConfig } from '../gateway/config.ts'

export interface EmbeddedConfig {
  readonly gateway: GatewayConfig
  readonly worker: Omit<DaemonConfig, 'checkpoint'>
  /** Undefined where none is named: then the project's own, or a toy. */
  readonly checkpoint: string | undefined
  readonly hasEnhancer: boolean
  /** That are set, and mean nothing here. */
  readonly unread: readonly string[]
}

/** Throws `configuration-invalid` listing every problem. An empty variable counts as unset. */
export function readEmbeddedConfig(given: NodeJS.ProcessEnv = process.env): EmbeddedConfig {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value))
  const all = { ...DEFAULTS, ...set, ...UNUSED }
  const gateway = readGatewayConfig(all)
  // A URL alone says whose users may call, which is nothing to a worker.
  const isSupabaseFull = set.SUPABASE_SERVICE_KEY !== undefined
  const named = set.SDXL_CHECKPOINT ?? UNNAMED
  const worker = readDaemonConfig({
    ...all,
    SDXL_CHECKPOINT: named,
    ...(!isSupabaseFull && { SUPABASE_URL: '' }),
  })
  return {
    gateway,
    worker: {
      ...worker,
      port: set.WORKER_PORT === undefined ? undefined : worker.port,
      storageFolder: gateway.storage.folder,
    },
    checkpoint: set.SDXL_CHECKPOINT,
    hasEnhancer: set.QWEN_PATH !== undefined,
    unread: Object.keys(UNUSED).filter((name) => set[name] !== undefined),
  }
}

/** Whoever presses Ctrl-C waits. What is not drawn by then is drawn after the next start. */
export const DEFAULTS: NodeJS.ProcessEnv = {
  DRAIN_MS: '3000',
  // Nobody balances load here; long enough for what the worker has just finished to be settled.
  DRAIN_DELAY_MS: '300',
  WORKER_HOST: '127.0.0.1',
  // On a terminal a person reads.
  LOG_LEVEL: process.stdout.isTTY ? 'warn' : 'info',
}

/** The line is in this process; that it has an address is how the gateway knows that workers take part. */
export const UNUSED: NodeJS.ProcessEnv = { REDIS_URL: 'redis://in-this-process' }

/** Stands for the choice that is made later. */
const UNNAMED = 'unnamed'
