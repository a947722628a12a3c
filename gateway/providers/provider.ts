/** What a provider other than our own workers must be able to do, and what it is told of a job. */
import type { ContentMode, Failure, Job, Planned, Size } from '#contract'
import type { ProviderName } from '../store/job-row.ts'
import type { Composed } from './sent.ts'

export type RemoteProviderName = Exclude<ProviderName, 'local-sdxl'>

/** A job as a provider is asked for it. */
export interface Order {
  readonly job: Job
  readonly planned: Planned
  /** Of the picture; undefined where the reference's own decides. */
  readonly size: Size | undefined
  /** The composition; undefined in txt2img. */
  readonly reference: OfferedReference | undefined
  /** For providers that take several. */
  readonly furtherReferences: readonly OfferedReference[]
}

export interface OfferedReference {
  /** Signed, for so many seconds; undefined where no provider could reach what we serve. */
  readonly publicUrl: (seconds: number) => Promise<string | undefined>
  /** Decoded, upright, without metadata; of this size, covered and centred, where one is given. A PNG. */
  readonly png: (size?: Size) => Promise<Uint8Array>
}

export type Fit =
  /** `notes`: what of the job it cannot honour, a sentence each, for the caller. */
  | { readonly fits: true; readonly notes: readonly string[] }
  /** `reason`: why it cannot do it, for the routing's record. */
  | { readonly fits: false; readonly reason: string }

export interface SubmitOptions {
  /** Where the provider may call back; undefined where it cannot reach us. The attempt's token is in it. */
  readonly webhookUrl: string | undefined
  /** After which nobody wants the picture, in ms from now. */
  readonly remainingMs: number
  readonly signal: AbortSignal
  /**
   * Told right before the request that is paid for, which is not made where this throws. An attempt of which it was not
   * told has ordered nothing, and may be sent again.
   */
  readonly onComposed?: (composed: Composed) => Promise<void>
}

export type RemoteState =
  | { readonly kind: 'waiting' }
  /** `progress` from 0 to 1 where the provider says it. */
  | { readonly kind: 'running'; readonly progress?: number }
  | {
      readonly kind: 'done'
      /** Where the pictures are to be had, in order. */
      readonly outputs: readonly string[]
      readonly seed?: number
      readonly costMicros?: number
    }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly costMicros?: number }
  | { readonly kind: 'cancelled'; readonly costMicros?: number }

export interface WebhookCall {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The bytes as they came. */
  readonly body: Uint8Array
}

export interface Provider {
  readonly name: RemoteProviderName
  /** Those that its operator listed for it. */
  readonly contentModes: readonly ContentMode[]
  /** What it is not used for though its operator listed it, and the mend: a sentence. */
  readonly note?: string | undefined
  /** Hosts, as `name` or `*.name`, that its outputs may be fetched from. */
  readonly outputHosts: readonly string[]
  /** What it would make of a job, without asking anybody. */
  readonly fit: (order: Pick<Order, 'job' | 'planned' | 'size'>) => Fit
  /**
   * Sent at most once: there is no key that would make a second the same.
   * @returns its name for the job. Throws a Failure whose code is a `provider-…` of the failure table:
   * `provider-ambiguous` where it may have been taken, in which case `find` is asked.
   */
  readonly submit: (order: Order, options: SubmitOptions) => Promise<string>
  /** Throws `provider-unavailable`, `provider-throttled` or `provider-denied`; may be repeated. */
  readonly look: (ref: string, signal: AbortSignal) => Promise<RemoteState>
  /** A wish; what became of it `look` tells. */
  readonly cancel: (ref: string, signal: AbortSignal) => Promise<void>
  /**
   * After an answer that never came: the name of what was submitted since `since` with this webhook URL; undefined
   * where it has none, or cannot tell.
   */
  readonly find: (
    submitted: { readonly since: Date; readonly webhookUrl: string | undefined },
    signal: AbortSignal,
  ) => Promise<string | undefined>
  /**
   * Verifies that the provider sent it. Throws `unauthorized` for what it did not send, `configuration-invalid` where
   * the secret or the keys to tell are not there.
   */
  readonly readWebhook: (
    call: WebhookCall,
  ) => Promise<{ readonly eventId: string; readonly ref: string }>
}
