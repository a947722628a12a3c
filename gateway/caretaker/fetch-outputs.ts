/** What a provider made, fetched from its own hosts alone and decoded where it can do no harm: nothing of it is trusted. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, type RgbImage } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import type { Provider } from '../providers/provider.ts'
import { type CareParts, careTimes } from './care.ts'

export interface FetchOutputs extends Pick<CareParts, 'decoder' | 'outputRules' | 'times'> {
  readonly provider: Pick<Provider, 'name' | 'outputHosts'>
  readonly signal: AbortSignal
}

const MOST_BYTES = 64 * 1024 * 1024
/** 4096 × 4096 is the largest that any of them makes. */
const MOST_PIXELS = 25_000_000
const TIMEOUTS = { connect: 5_000, idle: 15_000, total: 60_000 }
/** Fetches of one picture. */
const TRIES = 3

/** Throws `provider-output-lost` for what cannot be had after several tries, or is no picture, and `cancelled`. */
export async function fetchOutputs(
  urls: readonly string[],
  options: FetchOutputs,
): Promise<readonly RgbImage[]> {
  const { provider, outputRules } = options
  const guard = createGuardedFetch({
    timeouts: TIMEOUTS,
    ...outputRules,
    allowedHosts: provider.outputHosts,
    httpsOnly: true,
    maxBytes: MOST_BYTES,
  })
  const images: RgbImage[] = []
  // One after another: each is large.
  for (const url of urls) {
    images.push(await patiently(() => one(url, guard.download, options), options))
  }
  return images
}

async function one(
  url: string,
  download: ReturnType<typeof createGuardedFetch>['download'],
  { decoder, signal }: FetchOutputs,
): Promise<RgbImage> {
  const bytes = await download(url, { signal })
  return await decoder.decode(bytes, { limits: { maxPixels: MOST_PIXELS }, signal })
}

async function patiently<Result>(
  work: () => Promise<Result>,
  options: FetchOutputs,
): Promise<Result> {
  const { provider, signal } = options
  const { refetch } = careTimes(options)
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (cause) {
      signal.throwIfAborted()
      if (!(cause instanceof Failure) || cause.code === 'out-of-memory') throw cause
      if (tries === TRIES || cause.code === 'reference-blocked') {
        // The codes of fetching and decoding blame the caller, who has not chosen this address.
        const message = `What ${provider.name} made cannot be fetched (${cause.code}).`
        throw new Failure('provider-output-lost', message, { cause })
      }
    }
    await sleep(refetch * 2 ** (tries - 1), undefined, { signal })
  }
}
