/** Every key of the queue and how long each lives: the one place that knows what Redis holds. */

/**
 * The keys beside a queue's list. The braces are Cluster's hash tag: they put all of these into the slot
 * of the bare list, which producers that are not ours push to under its plain name.
 */
export function queueKeys(name: string) {
  const tag = `{${name}}`
  return {
    /** LIST, the public contract: what producers push, byte for byte. */
    queue: name,
    /** LIST of the same, asked before the queue four times of five. Only our gateway pushes to it. */
    priority: `${tag}:hi`,
    /** LIST of what a worker has moved to itself and not claimed yet. */
    inbox: (worker: string) => `${tag}:p:${worker}`,
    /** ZSET of workers by the time in Redis ms at which their lease lapses. */
    workers: `${tag}:workers`,
    /** STRING, JSON: what a worker says of itself at its beat. Lives as long as a lease. */
    health: (worker: string) => `${tag}:w:${worker}`,
    /** ZSET of jobs that are held, by the time at which the lease lapses. */
    active: `${tag}:active`,
    /**
     * HASH: status, fence, token, worker, raw, attempts, stalls, dups, first_seen, started_at, finished_at,
     * owner, cancel, code, result, retryable, settled (the token of the claim that finished it), callbacks.
     */
    job: (id: string) => `${tag}:j:${id}`,
    /** STREAM: what became of a job, for whoever watches. */
    events: (id: string) => `${tag}:ev:${id}`,
    /** STRING, base64: the newest glimpse of a picture that is being drawn. */
    preview: (id: string) => `${tag}:pv:${id}`,
    /** ZSET of jobs that wait out a backoff, by when it is over. */
    delayed: `${tag}:delayed`,
    /** ZSET of jobs whose callback is owed, by when to try next. */
    outbox: `${tag}:outbox`,
    /** ZSET of the gateway's own jobs that have ended, until it has taken note. Its clients hear from it. */
    settlements: `${tag}:settlements`,
    /** LIST of JSON, never trimmed: what cannot be read, and what killed or failed too often. */
    dead: `${tag}:dlq`,
    /** HASH: which element was last seen at the head of the queue, and since when. */
    head: `${tag}:head`,
    /** SET of SHA-256: pictures that may be neither drawn from nor given out. */
    takenDown: `${tag}:taken-down`,
    /** STRING, JSON: what came of enhancing a prompt, by a hash of all that decides it. */
    enhancement: (hash: string) => `${tag}:en:${hash}`,
    /** STRING: one sweep at a time is enough. */
    sweep: `${tag}:sweep`,
    /** STRING: Redis's time in ms at the last sweep. */
    clock: `${tag}:clock`,
  }
}

export type QueueKeys = ReturnType<typeof queueKeys>

const HOUR = 3_600_000

/** Lifetimes in ms. A job's begins when its callback is done with; before that it has none. */
export const lifetimes = {
  completed: 24 * HOUR,
  /** Failed or cancelled. A tombstone must outlive its element's wait in the queue. */
  ended: 7 * 24 * HOUR,
  events: HOUR,
  /** Longer than a gateway takes to look, and than an evaluation. */
  preview: 30_000,
  head: 24 * HOUR,
  enhancement: 7 * 24 * HOUR,
} as const

/** About how many events a stream keeps. */
export const EVENTS_KEPT = 256
