/** What all who look after attempts at other providers stand on. */
import type { GuardedFetch, GuardOptions } from '#platform/fetch/guarded-fetch.ts'
import type { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Tracing } from '#platform/tracing/span.ts'
import type { PictureScreen } from '../../policy/image/picture-screen.ts'
import type { ReferenceGate } from '../../policy/reference/reference-gate.ts'
import type { Screen } from '../../policy/screen.ts'
import type { Database } from '../database/database.ts'
import type { Provider } from '../providers/provider.ts'
import type { Routing } from '../routing/routing.ts'
import type { AttemptRow, JobRow } from '../store/job-row.ts'
import type { WebhookPlace } from './attempt-token.ts'

export interface CareParts extends WebhookPlace {
  readonly database: Database
  readonly providers: readonly Provider[]
  readonly routing: Pick<Routing, 'choose' | 'heard' | 'run' | 'restOf'>
  readonly storage: Storage
  /** Whether whoever has a signed URL of the storage reaches it from anywhere. */
  readonly isStoragePublic: boolean
  /** For references that callers named. */
  readonly guard: GuardedFetch
  readonly decoder: Pick<Decoder, 'decode' | 'measure'>
  readonly screen: Screen
  /** Of references that providers are to have, and of what they made. */
  readonly pictureScreen: PictureScreen
  /** Asked of the bytes of every reference before a provider has them, and of what a provider made. */
  readonly referenceGate: ReferenceGate
  readonly log: Log
  /** Of the fetching of outputs, beside the provider's own hosts. */
  readonly outputRules?:
    | Pick<GuardOptions, 'privateOrigins' | 'deniedNetworks' | 'timeouts'>
    | undefined
  /** A job ended, changed hands or state: for who watches it, and for who feeds our own workers. */
  readonly onChanged?: (jobId: string) => void
  /** From 0 to 1. */
  readonly onProgress?: ((jobId: string, progress: number) => void) | undefined
  readonly times?: Partial<CareTimes> | undefined
  /** Undefined where nobody traces. */
  readonly tracing?: Tracing | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** In milliseconds. */
export interface CareTimes {
  /** Between two looks at what is due. */
  readonly every: number
  /** For which an attempt is one gateway's, renewed while that lives. */
  readonly lease: number
  /** Between the first two looks at a job, growing to the longest; another where a webhook is expected. */
  readonly firstLook: number
  readonly longestLook: number
  readonly longestLookWithWebhook: number
  /** For finding out what became of an ambiguous request. */
  readonly find: number
  /** For a provider to say that it has stopped. */
  readonly stop: number
  /** After which a job that a provider does not end is given up. */
  readonly mostRemote: number
  /** Between two tries to stop what is wanted no more. */
  readonly letGo: number
  /** Before an output is fetched once more; doubled. */
  readonly refetch: number
}

export const careTimes = ({ times }: Pick<CareParts, 'times'>): CareTimes => ({
  ...{ every: 500, lease: 30_000, firstLook: 1_000, longestLook: 10_000 },
  ...{ longestLookWithWebhook: 30_000, find: 10_000, stop: 2_000, mostRemote: 15 * 60_000 },
  ...{ letGo: 10_000, refetch: 1_000 },
  ...times,
})

/** One attempt in somebody's hands. */
export interface Care {
  readonly attempt: AttemptRow
  readonly row: JobRow
  readonly provider: Provider
  readonly parts: CareParts
  /** Aborted when this gateway ends; another goes on then. */
  readonly signal: AbortSignal
}

/** Until nobody wants the picture; undefined where it may take as long as it takes. */
export function remainingOf({ row, parts }: Pick<Care, 'row' | 'parts'>): number | undefined {
  const now = (parts.now ?? Date.now)()
  return row.deadlineAt === null ? undefined : row.deadlineAt.getTime() - now
}

/** Since it was sent, in milliseconds. */
export function ageOf({ attempt, parts }: Pick<Care, 'attempt' | 'parts'>): number {
  return (parts.now ?? Date.now)() - (attempt.sentAt ?? attempt.createdAt).getTime()
}
