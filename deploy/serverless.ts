/** One serverless endpoint of ours: workers that RunPod keeps alive, restarts and places on whichever card of a pool is free. */
import { Failure } from '#contract'
import type { Errand } from './arguments.ts'
import type { GpuChoice } from './gpu-choice.ts'
import { chosen, PORT, variablesLine, withoutImage } from './pods.ts'
import type { GpuType } from './runpod/api.ts'
import type { Endpoint, EndpointRequest, EndpointWorker } from './runpod/endpoint.ts'

/** Jobs come by Redis, so that no number of requests calls for another worker but one that a person sends. */
const REQUESTS_A_WORKER = 1

/** Throws `request-invalid` where the image or the volume is not named, or no card is to be had. */
export function endpointRequest(
  errand: Errand,
  choices: readonly GpuChoice[],
  types: readonly GpuType[],
): EndpointRequest {
  const { image, name, disk, volume, env, serverless } = errand
  if (image === undefined) throw withoutImage()
  if (!serverless) throw new Error('this is no errand of an endpoint')
  if (volume === undefined && !env.SDXL_CHECKPOINT?.startsWith('/')) {
    const message =
      'A serverless worker has no disk that lasts: add --volume, which it finds at /runpod-volume, or name a checkpoint of the image itself, as --env SDXL_CHECKPOINT=/PATH.'
    throw new Failure('request-invalid', message)
  }
  const card = chosen(errand, choices)
  const pool = card.pool ?? ''
  // Of a card that was asked for, that alone; else whatever of the pool can do it.
  const isWanted = ({ id }: GpuType) =>
    errand.gpu === undefined ? choices.some((choice) => choice.id === id) : id === card.id
  const excluded = types.filter((type) => type.pool === pool && !isWanted(type))
  return {
    ...{ name, image, type: 'LOAD_BALANCER', disk, ports: [`${PORT}/http`] },
    gpu: {
      ...{ pools: [pool], count: 1, minCudaVersion: '13.0' },
      ...(excluded.length > 0 && { excludedTypes: excluded.map(({ id }) => id) }),
    },
    workers: { min: serverless.min, max: serverless.max, idleTimeout: serverless.idleSeconds },
    scaling: { type: 'REQUEST_COUNT', requestCount: REQUESTS_A_WORKER },
    env: { PORT: `${PORT}`, PORT_HEALTH: `${PORT}`, ...env },
    ...(volume !== undefined && { networkVolumes: [volume] }),
  }
}

/** What a request says, for a person. */
export function endpointRequestLines(request: EndpointRequest, card: GpuChoice): string[] {
  const { name, image, gpu, disk, workers, networkVolumes, env } = request
  const { min, max, idleTimeout } = workers
  const dollars = (count: number) => `$${(count * card.dollarsAnHour).toFixed(2)}`
  const range =
    min === max
      ? [`${min}`, dollars(min)]
      : [`${min} to ${max}`, `${dollars(min)} to ${dollars(max)}`]
  const without = gpu.excludedTypes ? ` without ${gpu.excludedTypes.join(', ')}` : ''
  return [
    `serverless endpoint ${name}: ${image} on pool ${gpu.pools.join(', ')}${without}, ${disk} GB`,
    `  workers ${range[0]}, ${range[1]} an hour; one beyond the least ends after ${idleTimeout} s without requests`,
    `  volume ${networkVolumes?.join(', ') ?? 'none'}`,
    variablesLine(env),
    ...cautions,
  ]
}

/** What who knows serverless as RunPod's queue would not expect. */
const cautions = [
  '  Jobs come by Redis, not by requests: RunPod keeps --min workers whatever waits; npm run scale -- --serverless changes that number.',
  '  An endpoint without requests for 3 days is lowered to 2 workers, after 7 to none: have a monitor ask its URL’s /ping.',
]

/** Known by their name alone. RunPod puts "-fb" behind names of those that its console made quick. */
export const endpointsOf = (name: string, endpoints: readonly Endpoint[]): Endpoint[] =>
  endpoints.filter((each) => each.name.replace(/ ?-fb$/, '') === name)

/** A line for each, and one for each of its workers. */
export function endpointLines(
  { id, name, workers, gpu, requestUrls }: Endpoint,
  found: readonly EndpointWorker[],
): string[] {
  const url = requestUrls?.base ?? 'no URL'
  const pools = gpu?.pools?.join(', ') ?? 'no GPU'
  return [
    `${id}  ${name}  serverless, ${workers.min} to ${workers.max} workers  ${pools}  ${url}`,
    ...found.map(
      (worker) => `  ${worker.id}  ${worker.status}  ${worker.gpuTypeId ?? 'no card yet'}`,
    ),
  ]
}
