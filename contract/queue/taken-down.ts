/**
 * The pictures that may be neither drawn from nor given out, as workers know them: by SHA-256 in hexadecimal. A gateway
 * keeps them in its database and puts them here; where no gateway ever did, none is known.
 */
import { type RedisCommands, texts } from './redis-commands.ts'

export interface TakenDown {
  /** May be repeated. Nothing is ever let go of. */
  readonly add: (hashes: readonly string[]) => Promise<void>
  readonly count: () => Promise<number>
  /** Those of `hashes` that were taken down. */
  readonly among: (hashes: readonly string[]) => Promise<readonly string[]>
}

/** In one command. */
const MOST = 500

/** @param key of a SET. */
export function redisTakenDown(key: string, { call }: RedisCommands): TakenDown {
  return {
    async add(hashes) {
      for (let from = 0; from < hashes.length; from += MOST) {
        await call('SADD', key, ...hashes.slice(from, from + MOST))
      }
    },
    count: async () => Number(await call('SCARD', key)),
    async among(hashes) {
      if (hashes.length === 0) return []
      const answers = texts(await call('SMISMEMBER', key, ...hashes))
      return hashes.filter((_, i) => answers[i] === '1')
    },
  }
}

export function memoryTakenDown(): TakenDown {
  const known = new Set<string>()
  return {
    async add(hashes) {
      for (const hash of hashes) known.add(hash)
    },
    count: async () => known.size,
    among: async (hashes) => hashes.filter((hash) => known.has(hash)),
  }
}
