/** The providers other than our own workers, as they are configured. */
import type { Log } from '#platform/log.ts'
import type { GatewayConfig } from './config.ts'
import { meteredProvider } from './metered-provider.ts'
import type { GatewayMetrics } from './metrics.ts'
import { createFal } from './providers/fal/fal.ts'
import type { Provider } from './providers/provider.ts'
import { createReplicate } from './providers/replicate/replicate.ts'

export interface ProviderParts {
  readonly metrics: Pick<GatewayMetrics, 'called'>
  readonly log: Log
}

/** Throws `configuration-invalid` for a name of a model or an app that is none. */
export function openProviders(
  { replicate, fal }: GatewayConfig,
  { metrics, log }: ProviderParts,
): readonly Provider[] {
  const all: Provider[] = []
  if (replicate) {
    const { dollarsPerSecond, ...rest } = replicate
    const price = dollarsPerSecond === undefined ? undefined : perSecond(dollarsPerSecond)
    const provider = createReplicate({ ...rest, price })
    // Until it is known what the model takes, its table says.
    provider.prepare().catch((error) => log.warn('model not known', { error }))
    all.push(provider)
  }
  if (fal) all.push(createFal(fal))
  return all.map((provider) => meteredProvider(provider, metrics))
}

const perSecond = (dollars: number) => ({ microsPerSecond: dollars * 1e6 })
