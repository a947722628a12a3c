/** A provider for tests that does as it is told, and counts how often it is asked. */
import { randomUUID } from 'node:crypto'
import { Failure, type FailureCode } from '#contract'
import type { Provider, RemoteProviderName, RemoteState } from '../providers/provider.ts'

export interface StandIn {
  readonly provider: Provider
  readonly calls: Record<'submit' | 'look' | 'cancel' | 'find', number>
}

export interface StandInWish {
  /** Thrown by each submit, in turn; the last ever after. */
  readonly refuses?: FailureCode | Failure
  /** What it says of everything it took. */
  readonly state?: () => RemoteState
}

export function standIn(name: RemoteProviderName, { refuses, state }: StandInWish = {}): StandIn {
  const calls = { submit: 0, look: 0, cancel: 0, find: 0 }
  const notes = [`As ${name} does it.`]
  const provider: Provider = {
    name,
    contentModes: ['sfw', 'nsfw'],
    outputHosts: ['127.0.0.1'],
    fit: () => ({ fits: true, notes }),
    async submit(_, { onComposed }) {
      calls.submit++
      if (typeof refuses === 'string') throw new Failure(refuses, 'as ordered')
      if (refuses) throw refuses
      await onComposed?.({ sent: { model: name, hasNegativePrompt: false }, notes })
      return randomUUID()
    },
    async look() {
      calls.look++
      return state?.() ?? { kind: 'waiting' }
    },
    async cancel() {
      calls.cancel++
    },
    async find() {
      calls.find++
      return undefined
    },
    readWebhook: () => Promise.reject(new Failure('unauthorized', 'it has none')),
  }
  return { provider, calls }
}
