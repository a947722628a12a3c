/** Checks of the GPU and of CUDA: they look the facts up for the verdicts, and are silent where CUDA is not wanted. */

import type { Gpu } from '#worker/gpu/gpu-list.ts'
import { listedGpus, unlisted } from '#worker/gpu/listed-gpus.ts'
import { cudnnFinding, librariesFinding, providerFinding, trialFinding } from './cuda-findings.ts'
import type { Finding } from './finding.ts'
import { driverFinding, generationFinding, gpuFinding, gpuMemoryFinding } from './gpu-findings.ts'
import { type Machine, needsCuda } from './machine.ts'
import { runtimeVersion } from './provider-facts.ts'

export async function checkGpu({ config, gpu }: Machine): Promise<Finding> {
  const isNamed = config.device === 'cuda'
  return gpuFinding(await gpu(), { isNamed, isWelcome: isNamed || config.device === 'auto' })
}

export function checkDriver(machine: Machine): Promise<Finding | undefined> {
  return ofEach(machine, async ({ facts, gpu }) => driverFinding(facts, await runsOn(machine, gpu)))
}

export function checkGeneration(machine: Machine): Promise<Finding | undefined> {
  return ofEach(machine, async ({ facts, gpu }) =>
    generationFinding(facts, await runsOn(machine, gpu)),
  )
}

export function checkGpuMemory(machine: Machine): Promise<Finding | undefined> {
  return ofEach(machine, async ({ facts }) => gpuMemoryFinding(facts))
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
  // Also where nvidia-smi lists none, as in a container that was not given the tool.
  const tried = await ofEach(machine, ({ gpu }) => tryOn(machine, gpu))
  return tried ?? (await tryOn(machine, undefined))
}

async function tryOn(machine: Machine, gpu: number | undefined): Promise<Finding | undefined> {
  const trial = await machine.cudaTrial(gpu)
  return trial && trialFinding(trial)
}

const isWanted = async ({ config, gpu }: Machine): Promise<boolean> =>
  needsCuda(config, await gpu())

interface UsedGpu {
  /** As nvidia-smi numbers it, where GPUS names it. */
  readonly gpu: number | undefined
  readonly facts: Gpu
}

/** The worst that is found of any that is to be used; the GPU is named where GPUS names several. */
async function ofEach(
  machine: Machine,
  look: (gpu: UsedGpu) => Promise<Finding | undefined>,
): Promise<Finding | undefined> {
  const used = await usedGpus(machine)
  const findings: Finding[] = []
  for (const each of used) {
    const finding = await look(each)
    const name = used.length > 1 ? `GPU ${each.gpu}: ` : ''
    if (finding) findings.push({ ...finding, found: name + finding.found })
  }
  const [first] = findings
  const trouble = findings.find(({ isInTheWay }) => isInTheWay)
  return trouble ?? findings.find(({ status }) => status !== 'ok') ?? first
}

/** Those that GPUS names, else the first that nvidia-smi lists; none where CUDA is not wanted. */
async function usedGpus(machine: Machine): Promise<readonly UsedGpu[]> {
  const { smi, asked } = await machine.gpu()
  if (smi.kind !== 'gpus' || !(await isWanted(machine))) return []
  if (asked === undefined) return [{ gpu: undefined, facts: smi.gpus[0] }]
  // The check of the GPUs themselves tells of one that is not there.
  return unlisted(asked, smi.gpus.length) ? [] : listedGpus(asked, smi)
}

async function runsOn(machine: Machine, gpu: number | undefined): Promise<boolean> {
  const trial = await machine.cudaTrial(gpu)
  return trial !== undefined && trial.problem === undefined
}
