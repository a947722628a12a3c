/** Verdicts on the GPU and its driver, from facts alone. */

import type { AskedGpus } from '#worker/gpu/asked-gpus.ts'
import type { Gpu } from '#worker/gpu/gpu-list.ts'
import { listedGpus, unlisted } from '#worker/gpu/listed-gpus.ts'
import type { SmiAnswer } from '#worker/gpu/nvidia-smi.ts'
import { bearable, type Finding, missing, ok, wrong } from './finding.ts'
import { type GpuFacts, isHidden, isSeen } from './machine.ts'
import { COMFORTABLE_BYTES, gigabytes, secondsOnCpu, WEIGHT_BYTES } from './picture-cost.ts'
import { generations, LEAST_DRIVER } from './pinned-provider.ts'

export interface Wish {
  /** CUDA was asked for by name. */
  readonly isNamed: boolean
  /** CUDA was asked for, or is to be used where there is a GPU. */
  readonly isWelcome: boolean
}

export function gpuFinding(gpu: GpuFacts, { isNamed, isWelcome }: Wish): Finding {
  const onCpu = `networks run on the CPU, about ${secondsOnCpu()} s a picture of 1024 × 1024`
  if (!isWelcome) return ok(`not asked for: ${onCpu}`)
  if (isHidden(gpu.visibleGpus)) {
    const hides = 'CUDA_VISIBLE_DEVICES hides every GPU'
    return isNamed ? wrong(hides, 'unset CUDA_VISIBLE_DEVICES') : ok(`${hides}: ${onCpu}`)
  }
  const { smi } = gpu
  if (smi.kind === 'gpus') {
    const problem = gpu.asked && unlisted(gpu.asked, smi.gpus.length)
    return problem ? wrong(problem.found, problem.mend) : ok(described(smi, gpu.asked))
  }
  if (smi.kind === 'complaint') {
    const finding = complaintFinding(smi.said, gpu)
    // An image may bring the tool along where no GPU is.
    return isNamed || isSeen(gpu) ? finding : bearable(finding)
  }
  return withoutSmi(gpu, isNamed ? undefined : `none seen: ${onCpu}`)
}

function described(
  smi: Extract<SmiAnswer, { kind: 'gpus' }>,
  asked: AskedGpus | undefined,
): string {
  if (asked !== undefined) {
    const named = listedGpus(asked, smi).map(({ gpu, facts }) => `GPU ${gpu}: ${inWords(facts)}`)
    return named.join('; ')
  }
  const [first, ...others] = smi.gpus
  return inWords(first) + (others.length === 0 ? '' : `, the first of ${others.length + 1}`)
}

function inWords({ name, memory, computeCapability }: Gpu): string {
  const facts = [
    name,
    ...(memory === undefined ? [] : [gigabytes(memory)]),
    ...(computeCapability === undefined ? [] : [`compute capability ${computeCapability}`]),
  ]
  return facts.join(', ')
}

const INSTALL_DRIVER = `Install the NVIDIA driver, ${LEAST_DRIVER} or newer, and restart the machine.`

const GIVE_TO_CONTAINER =
  'On the host, install nvidia-container-toolkit; then start the container with --gpus all.'

/** What nvidia-smi says that has a mend of its own. */
const complaints: readonly (readonly [RegExp, string])[] = [
  [
    /version mismatch/i,
    'Restart the machine: the driver was updated while the old one was still running.',
  ],
  [
    /Unknown Error|Insufficient Permissions/i,
    'Start the container anew: it has lost its right to use the GPU.',
  ],
  [/couldn't communicate|Driver Not Loaded/i, INSTALL_DRIVER],
  [/no answer/, 'Restart the machine: the driver hangs.'],
  [
    /No (supported )?(devices|GPUs) were found/i,
    'dmesg | grep NVRM tells why the driver takes no GPU of this machine.',
  ],
]

function complaintFinding(said: string, { traces }: GpuFacts): Finding {
  const [, mend = INSTALL_DRIVER] = complaints.find(([pattern]) => pattern.test(said)) ?? []
  const isAway = traces.isContainer && (!traces.isReachable || /No devices/.test(said))
  return wrong(`nvidia-smi: ${said}`, isAway ? GIVE_TO_CONTAINER : mend)
}

function withoutSmi({ traces }: GpuFacts, onCpu: string | undefined): Finding {
  const { isInMachine, isReachable, isContainer } = traces
  if (isReachable && isInMachine) {
    return bearable(
      missing(
        'a GPU is here, but no nvidia-smi to say which',
        'In a container, set NVIDIA_DRIVER_CAPABILITIES=compute,utility.',
      ),
    )
  }
  if (isInMachine && isContainer) {
    const found = 'an NVIDIA GPU is in the machine, but this container was not given it'
    return missing(found, GIVE_TO_CONTAINER)
  }
  if (isInMachine) return missing('an NVIDIA GPU is here, but its driver is not', INSTALL_DRIVER)
  if (onCpu !== undefined) return ok(onCpu)
  return missing(
    'no NVIDIA GPU: no nvidia-smi, and none on the PCI bus',
    'Use a machine with an NVIDIA GPU, or unset DEVICE: networks then run on the CPU.',
  )
}

/** `cudaRuns`: whether a node did run, which is worth more than a number. */
export function driverFinding({ driver }: Gpu, cudaRuns: boolean): Finding {
  const isOld = Number.parseInt(driver, 10) < LEAST_DRIVER
  if (!isOld) return ok(driver)
  if (cudaRuns) return ok(`${driver}, older than ${LEAST_DRIVER}, but CUDA 13 runs on it`)
  const found = `${driver} is too old for CUDA 13, which needs ${LEAST_DRIVER} or newer`
  return wrong(found, `${INSTALL_DRIVER} On a rented machine, choose one with CUDA 13.`)
}

export function generationFinding(gpu: Gpu, cudaRuns: boolean): Finding | undefined {
  const { name, computeCapability } = gpu
  if (computeCapability === undefined || cudaRuns || hasCode(computeCapability)) return undefined
  return wrong(
    `ONNX Runtime's CUDA provider has no code for compute capability ${computeCapability} (${name}), only for ${generations.join(', ')}`,
    'Use another GPU: GeForce RTX 20 to 50, T4, A10, A100, L4, L40S, H100 or H200.',
  )
}

/** Machine code runs on its own generation and on later ones of the same major number. */
function hasCode(capability: string): boolean {
  const [major = 0, minor = 0] = capability.split('.').map(Number)
  return generations.some((generation) => {
    const [ours = 0, least = 0] = generation.split('.').map(Number)
    return ours === major && least <= minor
  })
}

export function gpuMemoryFinding({ memory, freeMemory, isSliced }: Gpu): Finding {
  const need = `SDXL needs about ${gigabytes(COMFORTABLE_BYTES)}, by estimate`
  if (isSliced) {
    const mend = 'nvidia-smi -L says how large its slices are; use one of 12 GB or more.'
    return bearable(wrong(`the GPU is cut into slices (MIG); ${need}`, mend))
  }
  if (memory === undefined) return ok(`nvidia-smi does not tell how much there is; ${need}`)
  if (memory < COMFORTABLE_BYTES) {
    const little = wrong(`${gigabytes(memory)} is little: ${need}`, 'Use a GPU of 12 GB or more.')
    // An engine that ran out of memory goes on more frugally, but not below the weights.
    return memory < WEIGHT_BYTES ? little : bearable(little)
  }
  const isShort = freeMemory !== undefined && freeMemory < COMFORTABLE_BYTES
  if (!isShort) return ok(`${gigabytes(memory)}; ${need}`)
  const others = 'nvidia-smi lists the processes that hold the rest; a worker of ours may be one.'
  return bearable(wrong(`${gigabytes(freeMemory)} of ${gigabytes(memory)} free; ${need}`, others))
}
