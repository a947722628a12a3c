/** The providers other than our own workers, as they are configured. */
import type { Log } from '#platform/log.ts'
import type { GatewayConfig } from './config.ts'
import { meteredProvider } from './metered-provider.ts'
import type { GatewayMetrics } from './metrics.ts'
import { createFal } from './providers/fal/fal.ts'
import type { Provider } from './providers/provider.ts'
import { createReplicate } from './providers/replicate/replicate.ts'
import { unlooked } from './providers/unlooked.ts'

export interface ProviderParts {
  readonly metrics: Pick<GatewayMetrics, 'called'>
  readonly log: Log
  /** Whether what they make is looked at here. */
  readonly hasClassifier: boolean
}

/** Throws `configuration-invalid` for a name of a model or an app that is none. */
export function openProviders(
  { replicate, fal }: GatewayConfig,
  { metrics, log, hasClassifier }: ProviderParts,
): readonly Provider[] {
  const all: Provider[] = []
  if (replicate) {
    const provider = createReplicate(replicate)
    if (replicate.price === undefined) log.info('cost not known', { reason: NO_PRICE })
    // Until it is known what the model takes, its table says.
    provider.prepare().catch((error) => log.warn('model not known', { error }))
    all.push(provider)
  }
  if (fal) all.push(createFal(fal))
  const used = hasClassifier ? all : all.map(unlooked)
  for (const { note } of used)
    if (note !== undefined) log.warn('provider held back', { reason: note })
  return used.map((provider) => meteredProvider(provider, metrics))
}

const NO_PRICE = 'What Replicate takes is not known. Set REPLICATE_PRICE to count its cost.'
