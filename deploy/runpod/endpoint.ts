/** Serverless endpoints of RunPod's API, as far as ours go: workers of one image behind a load balancer. */
import { z } from 'zod'

export const endpoint = z.object({
  id: z.string(),
  name: z.string(),
  workers: z.object({ min: z.int(), max: z.int(), idleTimeout: z.int().optional() }),
  gpu: z.object({ pools: z.array(z.string()).optional() }).nullish(),
  /** Of one that queues requests there are others. */
  requestUrls: z.object({ base: z.string().optional() }).optional(),
})
export type Endpoint = Readonly<z.infer<typeof endpoint>>

export const endpointWorker = z.object({
  id: z.string(),
  /** A string, so that one more state than was documented breaks nothing. */
  status: z.string(),
  gpuTypeId: z.string().nullish(),
})
export type EndpointWorker = Readonly<z.infer<typeof endpointWorker>>

export interface EndpointRequest {
  readonly name: string
  readonly image: string
  /** Our workers have no handler: they answer on a port. */
  readonly type: 'LOAD_BALANCER'
  readonly gpu: {
    readonly pools: readonly string[]
    /** By id, of those in the pools. */
    readonly excludedTypes?: readonly string[]
    readonly count: number
    readonly minCudaVersion: string
  }
  readonly workers: { readonly min: number; readonly max: number; readonly idleTimeout: number }
  /** The one way of scaling that a load balancer has. */
  readonly scaling: { readonly type: 'REQUEST_COUNT'; readonly requestCount: number }
  /** Gigabytes, on the machine itself. */
  readonly disk: number
  readonly ports: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly networkVolumes?: readonly string[]
}
