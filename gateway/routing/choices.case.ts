/** Routing's decisions for tests: one order, and whatever of the state is to be otherwise. */
import type { HealthReport } from '#contract'
import type { RouteLimits } from '../jobs/choose.ts'
import { orderOf } from '../providers/order.case.ts'
import type { Fit } from '../providers/provider.ts'
import type { ProviderName } from '../store/job-row.ts'
import { choose, type RoutingState, type Standing } from './choose.ts'
import type { LocalView } from './worker-view.ts'

const report: HealthReport = {
  version: '0.1.0',
  state: 'idle',
  inFlight: 0,
  heldSeconds: 0,
  device: 'cuda',
  checkpoint: 'lustify',
  modes: ['modify', 'copy', 'txt2img'],
  loras: false,
  service: [{ mode: 'modify', size: '1024x1024', seconds: 4 }],
}

export const worker = (more: Partial<HealthReport> = {}, isLive = true) => ({
  name: 'a',
  isLive,
  silentMs: 0,
  report: { ...report, ...more },
})

export const up: LocalView = {
  ...{ isUp: true, since: 0, isOverloaded: false, waiting: 0, waitSeconds: 0 },
  workers: [worker()],
}
export const down: LocalView = { ...up, isUp: false, workers: [] }

export interface Wish {
  readonly local?: Partial<LocalView>
  readonly order?: readonly ProviderName[]
  readonly fits?: Partial<Record<ProviderName, Fit>>
  readonly standing?: Partial<Record<ProviderName, Partial<Standing>>>
  readonly job?: Parameters<typeof orderOf>[0]
  readonly limits?: Partial<RouteLimits>
  readonly state?: Partial<RoutingState>
}

export function choiceOf({ local, order, fits = {}, standing = {}, job, limits, state }: Wish) {
  const fitOf = (name: ProviderName) => () => fits[name] ?? { fits: true as const, notes: [] }
  return choose(
    orderOf(job),
    { tried: [], only: undefined, remainingMs: 120_000, ...limits },
    {
      order: order ?? ['local-sdxl', 'replicate', 'fal-ai'],
      local: { ...up, ...local },
      localContentModes: ['sfw', 'nsfw'],
      mostWaiting: 100,
      providers: [
        { name: 'replicate', fit: fitOf('replicate') },
        { name: 'fal-ai', fit: fitOf('fal-ai') },
      ],
      standingOf: (name) => ({ breaker: 'closed', restMs: 0, ...standing[name] }),
      ...state,
    },
  )
}

export const crashed = { provider: 'local-sdxl', code: 'engine-crashed' } as const
export const unfit: Fit = { fits: false, reason: 'It has no strength.' }
export const open = { breaker: 'open' } as const
export const noRemote = { order: ['local-sdxl'] } as const
export const allOpen = { replicate: open, 'fal-ai': open }
