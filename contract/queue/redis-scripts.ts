/** The scripts beside this file, and how one is run: by its hash, and by its text where Redis forgot it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../failure.ts'
import { EVENTS_KEPT, lifetimes } from './keys.ts'
import type { RedisCommands, RedisReply } from './redis-commands.ts'

export type ScriptName =
  | 'beat'
  | 'callback-answer'
  | 'callback-lease'
  | 'cancel'
  | 'claim'
  | 'dead-list'
  | 'dead-take'
  | 'depth'
  | 'drop'
  | 'fetch'
  | 'finish'
  | 'give-back'
  | 'glance'
  | 'members'
  | 'mend-clock'
  | 'page'
  | 'park'
  | 'progress'
  | 'promote'
  | 'reclaim'
  | 'retry-failed'
  | 'retry-later'
  | 'return-inbox'
  | 'sweep-turn'

/** Runs one script on the keys that it declares. */
export type RunScript = (
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<RedisReply>

/** @param upstash lets scripts there lock their own keys, not the database; others refuse that line. */
export function scriptsOn(redis: RedisCommands, upstash: boolean): RunScript {
  const scripts = new Map<ScriptName, Script>()
  return async (name, keys, args) => {
    const script = scripts.get(name) ?? load(name, upstash)
    scripts.set(name, script)
    const rest = [keys.length, ...keys, ...args]
    try {
      return await redis.call('EVALSHA', script.sha1, ...rest)
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error
      return redis.call('EVAL', script.text, ...rest)
    }
  }
}

interface Script {
  readonly text: string
  readonly sha1: string
}

const constants = `
local EVENTS_KEPT = ${EVENTS_KEPT}
local EVENTS_MS = ${lifetimes.events}
local PREVIEW_MS = ${lifetimes.preview}
local COMPLETED_MS = ${lifetimes.completed}
local ENDED_MS = ${lifetimes.ended}
local HEAD_MS = ${lifetimes.head}
`

function load(name: ScriptName, upstash: boolean): Script {
  const flags = upstash ? '#!lua flags=allow-key-locking\n' : ''
  const text = `${flags}${constants}${read('prelude')}${read(name)}`
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

const read = (name: string) =>
  readFileSync(join(import.meta.dirname, 'scripts', `${name}.lua`), 'utf8')
