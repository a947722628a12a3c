/** The keys that fal.ai signs webhooks with: fetched from where it publishes them, kept for a day, never guessed. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '#contract'
import type { ProviderHttp } from '../provider-http.ts'

export interface WebhookKeys {
  /** Throws `configuration-invalid` where they cannot be had: nothing can be told then. */
  readonly known: () => Promise<readonly KeyObject[]>
  /** Asked for again, since one may have been replaced; undefined where that was done within the last minute. */
  readonly renewed: () => Promise<readonly KeyObject[] | undefined>
}

export interface KeysOptions {
  readonly http: Pick<ProviderHttp, 'ask'>
  readonly url: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** As long as fal.ai allows. */
const LIFETIME = 24 * 60 * 60_000
/** Strangers can make us ask, by signatures that no key made. */
const RENEWED_AT_MOST_EVERY = 60_000
/** While the keys are away. */
const TRIED_AT_MOST_EVERY = 5_000

export function createWebhookKeys({ http, url, now }: KeysOptions): WebhookKeys {
  let held: { readonly keys: readonly KeyObject[]; readonly at: number } | undefined
  let triedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<readonly KeyObject[]> | undefined

  const ask = () => {
    triedAt = now()
    asking ??= fetchKeys(http, url)
      .then((keys) => {
        held = { keys, at: now() }
        return keys
      })
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  return {
    async known() {
      if (held && now() - held.at < LIFETIME) return held.keys
      if (!asking && now() - triedAt < TRIED_AT_MOST_EVERY) throw away()
      return await (asking ?? ask())
    },
    async renewed() {
      if (asking) return await asking
      return now() - triedAt < RENEWED_AT_MOST_EVERY ? undefined : await ask()
    },
  }
}

const keySet = z.object({ keys: z.array(z.unknown()) })
const publicKey = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() })

async function fetchKeys(http: KeysOptions['http'], url: string): Promise<readonly KeyObject[]> {
  const answer = await http
    .ask({ method: 'GET', url: new URL(url), headers: {} })
    .catch((cause) => {
      throw away(cause)
    })
  const { keys = [] } = keySet.safeParse(answer.json).data ?? {}
  const read = answer.status === 200 ? keys.flatMap(readKey) : []
  if (read.length === 0) throw away()
  return read
}

/** One that is of another kind, or damaged, does not keep the others from being used. */
function readKey(value: unknown): readonly KeyObject[] {
  const read = publicKey.safeParse(value)
  if (!read.success) return []
  try {
    return [createPublicKey({ key: read.data, format: 'jwk' })]
  } catch {
    return []
  }
}

function away(cause?: unknown): Failure {
  const message =
    'The keys that fal.ai signs with cannot be had, so that no webhook of its can be told from another’s.'
  return new Failure('configuration-invalid', message, { cause })
}
