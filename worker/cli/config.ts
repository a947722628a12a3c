/** The environment of the command line, read once and here alone. */
import { z } from 'zod'
import { type Distillation, distillations, Failure } from '#contract'
import type { DeviceChoice } from '#worker/engine/messages.ts'
import {
  type EnhancerConfig,
  enhancerConfigOf,
  enhancerVariables,
} from '#worker/enhance/variables.ts'

export const deviceChoices = [
  'auto',
  'cpu',
  'cuda',
  'webgpu',
] as const satisfies readonly DeviceChoice[]

export const MAX_THREADS = 256

const threads = `must be a whole number from 0 to ${MAX_THREADS}`

const environment = z.object({
  /** Where networks run; `auto` is CUDA where it works, else the CPU. */
  DEVICE: z.enum(deviceChoices, `must be one of ${deviceChoices.join(', ')}`).default('auto'),
  /** A .safetensors file or a diffusers folder, where --checkpoint names none. */
  SDXL_CHECKPOINT: z.string().optional(),
  /** What SDXL_CHECKPOINT was distilled by: then quality turbo, which is the default then, is to be had. */
  SDXL_DISTILLATION: z.enum(distillations, `must be one of ${distillations.join(', ')}`).optional(),
  /** A JSON file that gives LoRAs ids: `{"loras": [{"id": "sea", "file": "sea.safetensors"}]}`. */
  LORA_CATALOGUE: z.string().optional(),
  /** Sizes such as `1024x1024,832x1216`, the nearest of which is drawn at; any size where unset, or `any`. */
  SERVED_SIZES: z.string().default('any'),
  /** Threads in one operator; 0 lets the runtime choose. */
  THREADS: z.coerce
    .number(threads)
    .int(threads)
    .min(0, threads)
    .max(MAX_THREADS, threads)
    .default(0),
  ...enhancerVariables,
  /** 1: a programming error shows where it was thrown. */
  DEBUG: z.string().optional(),
  /** Set by npm, which runs scripts in the project's folder: where the caller stood. */
  INIT_CWD: z.string().optional(),
})

export interface Config {
  readonly device: DeviceChoice
  readonly checkpoint: string | undefined
  /** Of that checkpoint. */
  readonly distillation: Distillation | undefined
  /** The path as it was given. */
  readonly loraCatalogue: string | undefined
  /** As `readServedSizes` reads them. */
  readonly servedSizes: string
  readonly threads: number
  readonly enhancer: EnhancerConfig
  readonly isDebugging: boolean
  /** What the caller's relative paths are relative to. */
  readonly folder: string
}

/** Throws `request-invalid` listing every problem. An empty variable counts as unset. */
export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '')
  const result = environment.safeParse(Object.fromEntries(set))
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    throw new Failure('request-invalid', `In the environment: ${problems.join('; ')}.`)
  }
  const { DEVICE, SDXL_CHECKPOINT, SDXL_DISTILLATION, LORA_CATALOGUE } = result.data
  const { SERVED_SIZES, THREADS, DEBUG, INIT_CWD } = result.data
  return {
    device: DEVICE,
    checkpoint: SDXL_CHECKPOINT,
    distillation: SDXL_DISTILLATION,
    loraCatalogue: LORA_CATALOGUE,
    servedSizes: SERVED_SIZES,
    threads: THREADS,
    enhancer: enhancerConfigOf(result.data),
    isDebugging: DEBUG === '1',
    folder: INIT_CWD ?? process.cwd(),
  }
}
