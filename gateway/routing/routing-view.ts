/** What `GET /v1/workers` shows: exactly what routing decides from, and what of it decides. */
import { z } from '@hono/zod-openapi'
import { contentModes, enhancementHealth, lesserPictures, modes, workerStates } from '#contract'
import type { Provider } from '../providers/provider.ts'
import { providerNames } from '../store/job-row.ts'
import type { RoutingState } from './choose.ts'
import type { WorkerView } from './worker-view.ts'

const seconds = z.number().min(0)
const standing = {
  breaker: z.enum(['closed', 'open', 'half-open']).openapi({
    description: 'open: left alone after failures in a row. half-open: one job may try.',
  }),
  restSeconds: seconds.openapi({
    description: 'Until a provider that was asked too often is asked again.',
  }),
}

const worker = z
  .object({
    name: z.string(),
    isLive: z.boolean().openapi({ description: 'It takes jobs, and was heard of lately.' }),
    silentSeconds: seconds,
    /** Absent, all of the following, where it says what is not understood. */
    state: z.enum(workerStates).optional(),
    reason: z.string().optional(),
    version: z.string().optional(),
    device: z.string().optional(),
    gpu: z.string().optional(),
    checkpoint: z.string().optional(),
    pictures: z.enum(lesserPictures).optional(),
    modes: z.array(z.enum(modes)).optional(),
    sizes: z.array(z.string()).optional(),
    loras: z.boolean().optional(),
    enhancement: enhancementHealth.optional(),
    inFlight: z.int().optional(),
    heldSeconds: seconds.optional(),
    service: z
      .array(z.object({ mode: z.enum(modes), size: z.string(), seconds }))
      .optional()
      .openapi({ description: 'Seconds that an image takes, as measured.' }),
  })
  .openapi('Worker')

export const routingView = z
  .object({
    at: z.iso.datetime(),
    order: z.array(z.enum(providerNames)),
    local: z.object({
      ...standing,
      isUp: z.boolean().openapi({ description: 'Whether jobs are sent to our workers.' }),
      since: z.iso.datetime(),
      isOverloaded: z.boolean(),
      live: z.int(),
      waiting: z.int().openapi({ description: 'Jobs that no worker has taken yet.' }),
      mostWaiting: z.int(),
      waitSeconds: seconds,
      contentModes: z.array(z.enum(contentModes)),
      workers: z.array(worker),
    }),
    providers: z.array(
      z.object({
        ...standing,
        name: z.enum(providerNames),
        contentModes: z.array(z.enum(contentModes)),
        note: z.string().optional().openapi({ description: 'What it is not used for, and why.' }),
      }),
    ),
  })
  .openapi('Workers')

export type RoutingView = z.infer<typeof routingView>

export function viewOf(
  state: RoutingState,
  { now, providers }: { readonly now: number; readonly providers: readonly Provider[] },
): RoutingView {
  const { local } = state
  const standingOf = (name: (typeof providerNames)[number]) => {
    const { breaker, restMs } = state.standingOf(name)
    return { breaker, restSeconds: inSeconds(restMs) }
  }
  return {
    at: new Date(now).toISOString(),
    order: [...state.order],
    local: {
      ...standingOf('local-sdxl'),
      isUp: local.isUp,
      since: new Date(local.since).toISOString(),
      isOverloaded: local.isOverloaded,
      live: local.workers.filter(({ isLive }) => isLive).length,
      waiting: local.waiting,
      mostWaiting: state.mostWaiting,
      waitSeconds: inSeconds(1000 * local.waitSeconds),
      contentModes: [...state.localContentModes],
      workers: local.workers.map(shown),
    },
    providers: providers.map(({ name, contentModes, note }) => {
      return { ...standingOf(name), name, contentModes: [...contentModes], note }
    }),
  }
}

function shown({ name, isLive, silentMs, report }: WorkerView): z.infer<typeof worker> {
  return { ...report, name, isLive, silentSeconds: inSeconds(silentMs) }
}

/** To milliseconds. */
const inSeconds = (ms: number): number => Math.round(ms) / 1000
