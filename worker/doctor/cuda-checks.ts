/** Checks of the GPU and of CUDA: they look the facts up for the verdicts, and are silent where CUDA is not wanted. */

import type { Gpu } from '#worker/gpu/gpu-list.ts'
import { cudnnFinding, librariesFinding, providerFinding, trialFinding } from './cuda-findings.ts'
import type { Finding } from './finding.ts'
import { driverFinding, generationFinding, gpuFinding, gpuMemoryFinding } from './gpu-findings.ts'
import { type Machine, needsCuda } from './machine.ts'
import { runtimeVersion } from './provider-facts.ts'

export async function checkGpu({ config, gpu }: Machine): Promise<Finding> {
  const isNamed = config.device === 'cuda'
  return gpuFinding(await gpu(), { isNamed, isWelcome: isNamed || config.device === 'auto' })
}

export async function checkDriver(machine: Machine): Promise<Finding | undefined> {
  const gpu = await usableGpu(machine)
  return gpu && driverFinding(gpu, await cudaRuns(machine))
}

export async function checkGeneration(machine: Machine): Promise<Finding | undefined> {
  const gpu = await usableGpu(machine)
  return gpu && generationFinding(gpu, await cudaRuns(machine))
}

export async function checkGpuMemory(machine: Machine): Promise<Finding | undefined> {
  const gpu = await usableGpu(machine)
  return gpu && gpuMemoryFinding(gpu)
}

export async function checkProvider(machine: Machine): Promise<Finding | undefined> {
  if (!(await isWanted(machine))) return undefined
  return providerFinding(await machine.provider(), await runtimeVersion())
}

export async function checkLibraries(machine: Machine): Promise<Finding | undefined> {
  return (await isWanted(machine)) ? librariesFinding(await machine.libraries()) : undefined
}

export async function checkCudnn(machine: Machine): Promise<Finding | undefined> {
  return (await isWanted(machine)) ? cudnnFinding(await machine.libraries()) : undefined
}

export async function checkCuda(machine: Machine): Promise<Finding | undefined> {
  if (!(await isWanted(machine))) return undefined
  const trial = await machine.cudaTrial()
  return trial && trialFinding(trial)
}

const isWanted = async ({ config, gpu }: Machine): Promise<boolean> =>
  needsCuda(config, await gpu())

/** The first that nvidia-smi lists, where CUDA is wanted. */
async function usableGpu(machine: Machine): Promise<Gpu | undefined> {
  const { smi } = await machine.gpu()
  return smi.kind === 'gpus' && (await isWanted(machine)) ? smi.gpus[0] : undefined
}

async function cudaRuns(machine: Machine): Promise<boolean> {
  const trial = await machine.cudaTrial()
  return trial !== undefined && trial.problem === undefined
}
