/** Everything that a job passes through in this process, beside the queue. */
import type { GuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import type { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Tracing } from '#platform/tracing/span.ts'
import type { Enhancing } from '#worker/enhance/enhance-job.ts'
import type { PictureScreen } from '../../policy/image/picture-screen.ts'
import type { ReferenceGate } from '../../policy/reference/reference-gate.ts'
import type { Screen } from '../../policy/screen.ts'
import type { Draw, EngineHold } from './draw.ts'
import type { Meters } from './metrics/metrics.ts'
import type { Model } from './model.ts'

export interface Workshop {
  readonly model: Model
  readonly draw: Draw
  /** Asked before each drawing: rejects where the engine cannot draw now, for which its worker is in quarantine then. */
  readonly ready?: (() => Promise<unknown>) | undefined
  /** Undefined for what stands in for an engine. */
  readonly engine?: EngineHold | undefined
  /** Undefined for what stands in for a daemon: prompts are drawn from as they are written, and nothing is said of it. */
  readonly enhancing?: Enhancing | undefined
  readonly decoder: Pick<Decoder, 'decode' | 'measure'>
  readonly guard: GuardedFetch
  /** Undefined for a worker without a key: jobs must carry upload URLs then. */
  readonly storage: Storage | undefined
  readonly screen: Screen
  /** Of references and of what was drawn. */
  readonly pictureScreen: PictureScreen
  /** Whether who watches a job may see what is being drawn. */
  readonly showsPreviews: boolean
  /** Asked of the bytes of every reference, and of every picture. */
  readonly referenceGate: ReferenceGate
  /** By which gateways vouch for their jobs; none where their jobs' own word is believed. */
  readonly queueSecrets: readonly string[]
  readonly log: Log
  /** Undefined where nobody measures. */
  readonly meters?: Meters | undefined
  /** Undefined where nobody traces. */
  readonly tracing?: Tracing | undefined
}
