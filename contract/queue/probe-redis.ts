/** Asks a Redis, before anything is trusted to it, whether it would lose jobs. */
import { Failure, messageOf } from '../failure.ts'
import { queueKeys } from './keys.ts'
import { type RedisCommands, texts } from './redis-commands.ts'
import { scriptsOn } from './redis-scripts.ts'

const MOST_MINUTES_APART = 1

export interface ProbeOptions {
  readonly name: string
  readonly upstash?: boolean
  /** Takes an evicting Redis for a warning, at one's own risk. */
  readonly allowUnsafe?: boolean
}

/**
 * @returns warnings, each a sentence with its mend.
 * @throws Failure `configuration-invalid` for an evicting Redis, one older than 6.2, and one that refuses scripts;
 * `queue-unavailable` where it does not answer.
 */
export async function probeRedis(redis: RedisCommands, options: ProbeOptions): Promise<string[]> {
  const info = readInfo(String(await redis.call('INFO')))
  const warnings: string[] = []

  const version = info.get('redis_version')
  if (version === undefined) {
    warnings.push('Redis does not say its version. See to it that it is 6.2 or newer.')
  } else if (isBefore(version, 6, 2)) {
    throw invalid(`Redis is ${version}, and the queue needs BLMOVE of 6.2. Install a newer one.`)
  }
  const policy = info.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction') {
    const said = `Redis drops jobs when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy noeviction.`
    if (!options.allowUnsafe) throw invalid(said)
    warnings.push(said)
  }
  if (policy === undefined && !options.upstash) {
    warnings.push('Redis does not say its maxmemory-policy. See to it that it is noeviction.')
  }
  if (info.get('aof_enabled') === '0') {
    warnings.push('Redis forgets jobs when it is killed. Set appendonly yes, appendfsync everysec.')
  }
  await tryScript(redis, options)
  const minutes = (await msAhead(redis)) / 60_000
  if (Math.abs(minutes) >= MOST_MINUTES_APART) {
    const [where, when] = minutes > 0 ? ['ahead of', 'early'] : ['behind', 'late']
    const apart = `${Math.round(Math.abs(minutes))} min ${where} this machine’s`
    warnings.push(`Redis’s clock is ${apart}: deadlines come too ${when}. Set both by NTP.`)
  }
  return warnings
}

/** Workers go by Redis’s clock alone, and whoever wrote a job’s deadline went by their own. */
async function msAhead(redis: RedisCommands): Promise<number> {
  const before = Date.now()
  const [seconds = 0, micros = 0] = texts(await redis.call('TIME')).map(Number)
  return seconds * 1_000 + micros / 1_000 - (before + Date.now()) / 2
}

async function tryScript(redis: RedisCommands, { name, upstash }: ProbeOptions): Promise<void> {
  try {
    await scriptsOn(redis, upstash ?? false)('members', [queueKeys(name).workers], ['due', 1])
  } catch (error) {
    if (error instanceof Failure && error.code === 'queue-unavailable') throw error
    throw invalid(`Redis refuses the queue’s scripts: ${messageOf(error)}. Allow EVAL and EVALSHA.`)
  }
}

/** @param info lines of `name:value`. */
function readInfo(info: string): ReadonlyMap<string, string> {
  const pairs = info.split(/\r?\n/).map((line): [string, string] => {
    const [name = '', ...value] = line.split(':')
    return [name, value.join(':')]
  })
  return new Map(pairs)
}

function isBefore(version: string, major: number, minor: number): boolean {
  const [ours = 0, under = 0] = version.split('.').map(Number)
  return ours < major || (ours === major && under < minor)
}

const invalid = (message: string) => new Failure('configuration-invalid', message)
