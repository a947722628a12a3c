/** All that the queue needs of a Redis client, and the reading of replies (RESP2). */

export type RedisReply = string | number | null | readonly RedisReply[]

export interface RedisCommands {
  /** Sends one command. Rejects with Redis's own words where it refuses. */
  readonly call: (command: string, ...args: readonly (string | number)[]) => Promise<RedisReply>
}

/** A connection for waits alone, since nothing else gets through while one lasts. */
export interface BlockingRedis extends RedisCommands {
  /** Ends a wait under way, and the connection with it. */
  readonly interrupt: () => void
}

/** The strings of a list reply; what is missing in it is ''. */
export function texts(reply: RedisReply): string[] {
  if (reply === null) return []
  if (typeof reply !== 'object') throw new Error(`Redis answered ${typeof reply}, not a list`)
  return reply.map((item) => (item === null ? '' : String(item)))
}

/** The fields of a hash reply, which is a flat list of names and values. */
export function fields(reply: RedisReply): ReadonlyMap<string, string> {
  const flat = texts(reply)
  const pairs = Array.from({ length: flat.length / 2 }, (_, i): [string, string] => [
    flat[2 * i] ?? '',
    flat[2 * i + 1] ?? '',
  ])
  return new Map(pairs)
}

/** One of the words that a script may answer with. */
export function word<const Word extends string>(reply: RedisReply, words: readonly Word[]): Word {
  const found = words.find((each) => each === reply)
  if (found === undefined) throw new Error(`Redis answered ${reply}, not one of ${words}`)
  return found
}
