/** Every variable that the daemon reads, each with its default and what it means: `--help` prints this. */
import { z } from 'zod'
import { contentModes, distillations } from '#contract'
import { choice, httpUrl, list, text, whole } from '#platform/environment/words.ts'
import { fetchVariables } from '#platform/fetch/fetch-variables.ts'
import { queueVariables } from '#platform/redis/queue-variables.ts'
import { s3Variables } from '#platform/storage/s3-variables.ts'
import { tracingVariables } from '#platform/tracing/tracing-variables.ts'
import { callbackVariables } from '#platform/webhook/callback-variables.ts'
import { enhancerVariables } from '#worker/enhance/variables.ts'
import { askedGpus } from '#worker/gpu/asked-gpus.ts'
import { policyVariables } from '../../policy/config.ts'
import { deviceChoices } from '../cli/config.ts'

const port = whole(0, 65_535)

/** Unset and empty are the same. */
export const variables = {
  REDIS_URL: z
    .string(
      'must be set: redis://HOST:PORT, or rediss://:PASSWORD@HOST:PORT for TLS (npm start needs none)',
    )
    .describe('Where jobs are taken from. Must be set.'),
  ...queueVariables,
  DRAIN_MS: whole(0, 3_600_000)
    .default(25_000)
    .describe('Between SIGTERM and giving back what is not done.'),
  WORKER_PORT: port
    .optional()
    .describe('For /health, /ready, /ping and /metrics; unless set PORT_HEALTH, PORT or 7859.'),
  PORT: port.optional().describe('Set by RunPod’s load balancers: answered on, too.'),
  PORT_HEALTH: port.optional().describe('Likewise, for their /ping.'),
  WORKER_HOST: text.default('0.0.0.0').describe('The address to listen on.'),

  SDXL_CHECKPOINT: z
    .string('must be set: a .safetensors file, or a diffusers folder')
    .describe(
      'A .safetensors file, or a diffusers folder. Must be set. A VAE beside NAME.safetensors as NAME.vae.safetensors takes the place of its own.',
    ),
  SDXL_SHA256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
    .transform((hash) => hash.toLowerCase())
    .optional()
    .describe('Of a single file: another one is refused, after a reading of all of it.'),
  MODELS: list
    .default([])
    .describe('Folders where SDXL_CHECKPOINT is looked for: /workspace,/runpod-volume.'),
  STAGE_FOLDER: text
    .optional()
    .describe('On a local disk: the checkpoint is copied there where that is quicker.'),
  CHECKPOINT_CONTENT: choice(contentModes)
    .default('nsfw')
    .describe('What it can draw, LoRAs included: nsfw needs POLICY_CLASSIFIER.'),
  SDXL_DISTILLATION: choice(distillations)
    .optional()
    .describe('What the checkpoint was distilled by, for quality turbo.'),
  LORA_CATALOGUE: text.optional().describe('A file that lists the LoRAs jobs may ask for.'),
  SERVED_SIZES: text
    .optional()
    .describe('As for `npm run i2i`. Unset: the trained sizes on a GPU, any on a CPU.'),
  DEVICE: choice(deviceChoices).default('auto').describe('Where networks run.'),
  GPUS: askedGpus
    .optional()
    .describe('An engine on each, as nvidia-smi numbers them: 0,1, or all. Unset: one engine.'),
  CUDA_VISIBLE_DEVICES: text.optional().describe('Read by CUDA where GPUS is unset.'),
  THREADS: whole(0, 256).default(0).describe('Of an engine on a CPU; 0: as many as it has cores.'),

  ...enhancerVariables,

  SUPABASE_URL: httpUrl
    .optional()
    .describe('With its key: pictures go to its Storage, callbacks to its job-callback.'),
  SUPABASE_SERVICE_KEY: text.optional().describe('Belongs to SUPABASE_URL.'),
  ...s3Variables,
  STORAGE_FOLDER: text
    .optional()
    .describe('Pictures on this machine; .data/files unless set. none: jobs carry upload URLs.'),
  ...fetchVariables,

  ...policyVariables,
  PREVIEWS: choice(['on', 'off'])
    .default('on')
    .describe('off: nobody sees what is being drawn, even where policy allows.'),

  ...callbackVariables,

  ...tracingVariables,
}

export const environment = z.object(variables)
export type Variables = z.infer<typeof environment>
