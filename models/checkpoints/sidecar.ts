/** Reads NAME.json beside NAME.safetensors: configurations that weights cannot tell, for networks unlike SDXL's. */
import { z } from 'zod'
import { clipTextConfig, vaeConfig } from './diffusers-config.ts'
import { readSchedulerConfig } from './diffusers-scheduler-config.ts'
import { unetConfig } from './diffusers-unet-config.ts'
import { exists } from './exists.ts'
import type { Configs } from './infer-config.ts'
import { parseFields, readJson } from './json-file.ts'
import type { SchedulerConfig } from './scheduler-config.ts'

export interface Sidecar extends Partial<Configs> {
  readonly scheduler?: SchedulerConfig
}

/**
 * What the file beside `checkpointPath` says of each part, in the form of its diffusers or transformers config.json;
 * nothing where there is no such file, or where it is another program's and has none of the fields.
 * Throws Failure('checkpoint-invalid') or Failure('checkpoint-unsupported') as the readers of those configs do.
 */
export async function readSidecar(checkpointPath: string): Promise<Sidecar> {
  const path = sidecarPath(checkpointPath)
  if (path === undefined || !(await exists(path))) return {}
  const fields = parseFields(sidecarFields, await readJson(path), path)
  const { unet, vae, text_encoder: first, text_encoder_2: second, scheduler } = fields
  return {
    ...(unet && { unet: unetConfig(unet, `${path}: unet`) }),
    ...(vae && { vae: vaeConfig(vae, `${path}: vae`) }),
    ...(first && {
      textEncoder: clipTextConfig(first, `${path}: text_encoder`, { projected: false }),
    }),
    ...(second && {
      textEncoder2: clipTextConfig(second, `${path}: text_encoder_2`, { projected: true }),
    }),
    ...(scheduler && { scheduler: readSchedulerConfig(scheduler, `${path}: scheduler`) }),
  }
}

/** Where it lies, if it does; undefined for what is no .safetensors file. */
export function sidecarPath(checkpointPath: string): string | undefined {
  const path = checkpointPath.replace(/\.safetensors$/i, '.json')
  return path === checkpointPath ? undefined : path
}

const config = z.looseObject({}).optional()

const sidecarFields = z.object({
  unet: config,
  vae: config,
  text_encoder: config,
  text_encoder_2: config,
  scheduler: config,
})
