/** All that is checked, in the order in which it is told: a new check is one line here. */
import { checkNode, checkRuntime, checkSharp } from './basics.ts'
import { checkCatalogue } from './catalogue-check.ts'
import { checkCheckpoint } from './checkpoint-check.ts'
import { checkClassifier } from './classifier-check.ts'
import {
  checkCuda,
  checkCudnn,
  checkDriver,
  checkGeneration,
  checkGpu,
  checkGpuMemory,
  checkLibraries,
  checkProvider,
} from './cuda-checks.ts'
import type { Finding } from './finding.ts'
import type { Machine } from './machine.ts'
import { checkDisk, checkMemory } from './room.ts'
import { checkRedis, checkSettings, checkStorage } from './worker-checks.ts'

export interface Check {
  readonly name: string
  /** Undefined where the check has nothing to say on this machine. */
  readonly look: (machine: Machine) => Promise<Finding | undefined> | Finding | undefined
}

export const checks: readonly Check[] = [
  { name: 'Node.js', look: checkNode },
  { name: 'ONNX Runtime', look: checkRuntime },
  { name: 'sharp', look: checkSharp },
  { name: 'GPU', look: checkGpu },
  { name: 'GPU driver', look: checkDriver },
  { name: 'GPU generation', look: checkGeneration },
  { name: 'GPU memory', look: checkGpuMemory },
  { name: 'CUDA provider', look: checkProvider },
  { name: 'CUDA libraries', look: checkLibraries },
  { name: 'cuDNN', look: checkCudnn },
  { name: 'CUDA', look: checkCuda },
  { name: 'checkpoint', look: checkCheckpoint },
  { name: 'LoRA catalogue', look: checkCatalogue },
  { name: 'classifier', look: checkClassifier },
  { name: 'memory', look: checkMemory },
  { name: 'disk', look: checkDisk },
  { name: 'settings', look: checkSettings },
  { name: 'Redis', look: checkRedis },
  { name: 'storage', look: checkStorage },
]
