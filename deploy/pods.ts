/** Pods of ours among those of the account, and what one more of them is asked for. */
import { Failure } from '#contract'
import type { Errand } from './arguments.ts'
import type { GpuChoice } from './gpu-choice.ts'
import type { Pod, PodRequest, TemplateRequest } from './runpod/api.ts'

/** Where the pod's own volume or a network volume is on a pod. */
const VOLUME = '/workspace'
const VOLUME_GB = 40
/** Of the worker, for its health and its metrics. */
export const PORT = 7859

/** Known by their name, the oldest first. Whatever else the account rents is not ours to touch. */
export function podsOf(name: string, pods: readonly Pod[]): Pod[] {
  const own = pods.filter((pod) => isCalled(name, pod) && !isOfOthers(pod))
  const alive = own.filter(({ status }) => status !== 'TERMINATED')
  return alive.toSorted((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''))
}

/** Called so, and made by somebody else: a person is to hear that they are left alone. */
export const strangersCalled = (name: string, pods: readonly Pod[]): Pod[] =>
  pods.filter((pod) => isCalled(name, pod) && isOfOthers(pod))

const isCalled = (name: string, pod: Pod): boolean => pod.name.replace(/-[0-9a-f]{6}$/, '') === name

/** Every pod and every template of ours says its port. */
const isOfOthers = ({ env }: Pod): boolean => env != null && !('WORKER_PORT' in env)

/** Throws `request-invalid` where the image is not named, or no card is to be had. */
export function podRequest(
  errand: Errand,
  choices: readonly GpuChoice[],
  suffix: string,
): PodRequest {
  const { image, name, cloud, disk, volume, env, args } = errand
  if (image === undefined) throw withoutImage()
  const offered = chosen(errand, choices)
  const own = { persistent: { size: VOLUME_GB, path: VOLUME } }
  return {
    name: `${name}-${suffix}`,
    image,
    gpu: { id: offered.id, count: 1, minCudaVersion: '13.0' },
    ...{ cloud, disk, ports: [`${PORT}/http`], env: { WORKER_PORT: `${PORT}`, ...env } },
    mounts: volume === undefined ? own : { network: [{ volumeId: volume, path: VOLUME }] },
    ...(args !== undefined && { args }),
    startSsh: false,
  }
}

/** The card that was asked for, or the cheapest that is to be had. Throws `request-invalid` where there is none. */
export function chosen(
  { gpu, cloud, serverless }: Errand,
  choices: readonly GpuChoice[],
): GpuChoice {
  const offered = choices.find(({ id, availability, thousand }) =>
    gpu === undefined ? availability !== 'NONE' && thousand !== undefined : id === gpu,
  )
  if (offered) return offered
  const which = gpu === undefined ? 'No card that is known is to be had' : `There is no ${gpu}`
  const where = serverless ? 'as serverless' : `in the ${cloud.toLowerCase()} cloud`
  const look = `npm run deploy -- plan${serverless ? ' --serverless' : ''}`
  throw invalid(`${which} ${where}: see ${look}.`)
}

/** Throws `request-invalid` where the image is not named. */
export function templateRequest({ name, image, disk, env }: Errand): TemplateRequest {
  if (image === undefined) throw withoutImage()
  return {
    ...{ name, image, disk, category: 'NVIDIA', allowedCudaVersions: ['13.0'], public: false },
    ...{ ports: [`${PORT}/http`], env: { WORKER_PORT: `${PORT}`, ...env } },
    mounts: { persistent: { size: VOLUME_GB, path: VOLUME } },
    ...{ startSsh: false, startJupyter: false },
  }
}

/** One more of the same. */
export function alike(pod: Pod, name: string, suffix: string): PodRequest {
  const { image, gpu, cloud = 'SECURE', disk = 30, ports, env, mounts, args, registry } = pod
  if (!gpu) throw invalid(`The pod ${pod.id} has no GPU, and is none to make others like.`)
  if (!env) {
    throw invalid(
      `RunPod does not tell the variables of the pod ${pod.id}, without which another would end at once: make it with --image and --env.`,
    )
  }
  return {
    name: `${name}-${suffix}`,
    image,
    gpu: { ...gpu, minCudaVersion: '13.0' },
    ...{ cloud, disk, ports: ports ?? [], env },
    ...(mounts && { mounts }),
    ...(args && { args }),
    ...(registry && { registry }),
    startSsh: false,
  }
}

/** A line for each, without what its variables say. */
export const podLine = ({ id, name, status, gpu, cost }: Pod): string =>
  `${id}  ${name}  ${status}  ${gpu?.id ?? 'no GPU'}  $${(cost ?? 0).toFixed(2)} an hour`

/** Behind its line, where a worker says of itself how it is; nothing of a pod that serves no such page. */
export const whereHealthIs = ({ id, ports }: Pod): string =>
  ports?.includes(`${PORT}/http`) ? `  https://${id}-${PORT}.proxy.runpod.net/health` : ''

/** What a request says, for a person: variables by name, their values only where those are references to RunPod's secrets. */
export function requestLines(request: PodRequest): string[] {
  const { name, image, gpu, cloud, disk, env, mounts, args } = request
  return [
    `pod ${name}: ${image} on ${gpu.count} × ${gpu.id}, ${cloud.toLowerCase()} cloud, ${disk} GB`,
    `  volume ${JSON.stringify(mounts)}`,
    variablesLine(env),
    ...(args === undefined ? [] : [`  runs ${args}`]),
  ]
}

export function variablesLine(env: PodRequest['env']): string {
  const shown = Object.entries(env).map(([key, value]) =>
    /^\{\{ *RUNPOD_SECRET_\w+ *\}\}$/.test(value) ? `${key}=${value}` : key,
  )
  return `  variables ${shown.join(', ')}`
}

export const withoutImage = (): Failure =>
  invalid('Which image? Build Dockerfile.runpod, push it, and add --image NAME.')

const invalid = (message: string): Failure => new Failure('request-invalid', message)
