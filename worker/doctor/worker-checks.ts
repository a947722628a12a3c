/** Checks of what a worker needs beside pictures: that its settings can be read, that Redis lets it in, and that its storage does. */
import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Failure, messageOf, probeRedis } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import type { DaemonConfig } from '#worker/daemon/config.ts'
import { LOGIN_REFUSED, notLetIn, openStorage } from '#worker/daemon/services.ts'
import { bearable, type Finding, ok, wrong } from './finding.ts'
import type { Machine } from './machine.ts'

/** Failures to connect, after which Redis counts as away; what hears nothing at all has its own time. */
const ENOUGH = 3

type Given = Pick<Machine, 'config'>

/** Nothing to say where REDIS_URL is unset: that is no worker. */
export function checkSettings({ config: { worker } }: Given): Finding | undefined {
  if (!worker) return undefined
  return 'problem' in worker ? wrong(worker.problem) : ok('all that a worker reads can be read')
}

/** One that is away is waited for by a worker, and so is in the way of nothing. */
export async function checkRedis({ config: { worker } }: Given): Promise<Finding | undefined> {
  if (!worker || 'problem' in worker) return undefined
  const { redisUrl: url, queue, allowUnsafeRedis: allowUnsafe } = worker.config
  const complaints: Error[] = []
  let giveUp = async () => {}
  const onError = (error: Error) => {
    if (complaints.push(error) >= ENOUGH) void giveUp()
  }
  try {
    await using redis = connectRedis(url, { purpose: 'worker', name: 'i2i-doctor', onError })
    giveUp = redis.close
    const { host, hostname } = new URL(url)
    const upstash = hostname.endsWith('.upstash.io')
    const warnings = await probeRedis(redis, { name: queue.name, upstash, allowUnsafe })
    return warnings.length === 0
      ? ok(`${host} lets us in, and keeps what it is given`)
      : bearable(wrong(sentence(warnings.join(' '))))
  } catch (error) {
    const shutOut = [error, ...complaints].find((each) => LOGIN_REFUSED.test(messageOf(each)))
    if (shutOut instanceof Error) return wrong(sentence(notLetIn(url, shutOut).message))
    if (!(error instanceof Failure)) throw error
    if (error.code !== 'queue-unavailable') return wrong(sentence(error.message))
    const why = messageOf(complaints.at(-1) ?? error)
    const found = `${new URL(url).host} does not answer (${sentence(why)})`
    return bearable(wrong(found, 'A worker waits for it: look at Redis, and at the way to it.'))
  }
}

/** Reads a file that is not there, which takes a key that is right; a folder is there, or can be made. */
export async function checkStorage({ config }: Given): Promise<Finding | undefined> {
  const { worker } = config
  if (!worker || 'problem' in worker) return undefined
  const { storageFolder, s3, supabase } = worker.config
  const storage = openStorage(worker.config)
  if (!storage) return ok('none: jobs carry URLs to which pictures are put')
  if (!s3 && !supabase) return await checkFolder(resolve(storageFolder ?? ''))
  try {
    await storage.get(NOT_THERE)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.code !== 'not-found') return wrong(sentence(error.message))
  }
  return ok(`${s3 ? 'S3' : new URL(supabase?.url ?? '').host} lets us in`)
}

const NOT_THERE = 'user-library/i2i-doctor/none.png'

/** Nothing is made: it would be the doctor's, who may be another user than the worker. */
async function checkFolder(folder: string): Promise<Finding> {
  const from = nearest(folder)
  try {
    await access(from, constants.W_OK)
    return ok(`${folder}, on this machine alone`)
  } catch (error) {
    const mend = 'Mount a disk there that this user may write to, or name another STORAGE_FOLDER.'
    return wrong(`nothing can be written to ${folder} (${messageOf(error)})`, mend)
  }
}

const nearest = (folder: string): string => {
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  return there
}

/** A finding has no full stop. */
const sentence = (text: string): string => text.replace(/\.$/, '')

export type WorkerSettings = { readonly config: DaemonConfig } | { readonly problem: string }
