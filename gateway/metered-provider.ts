/** A provider whose calls are timed and counted. */
import { Failure } from '#contract'
import type { GatewayMetrics, ProviderCall } from './metrics.ts'
import type { Provider } from './providers/provider.ts'

export function meteredProvider(
  provider: Provider,
  { called }: Pick<GatewayMetrics, 'called'>,
): Provider {
  const timed = async <Result>(call: ProviderCall['call'], work: () => Promise<Result>) => {
    const start = performance.now()
    const told = (code?: ProviderCall['code']) => {
      called({ provider: provider.name, call, seconds: (performance.now() - start) / 1_000, code })
    }
    try {
      const result = await work()
      told()
      return result
    } catch (error) {
      told(error instanceof Failure ? error.code : 'internal')
      throw error
    }
  }
  return {
    ...provider,
    submit: (order, options) => timed('submit', () => provider.submit(order, options)),
    look: (ref, signal) => timed('look', () => provider.look(ref, signal)),
    cancel: (ref, signal) => timed('cancel', () => provider.cancel(ref, signal)),
    find: (submitted, signal) => timed('find', () => provider.find(submitted, signal)),
  }
}
