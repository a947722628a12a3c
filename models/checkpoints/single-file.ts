/** Opens a single-file checkpoint of the LDM layout, as Stability and Civitai give them out. */
import type { Checkpoint } from './checkpoint.ts'
import { requireSdxl } from './identify.ts'
import { inferConfigs } from './infer-config.ts'
import {
  ldmClipSources,
  ldmOpenClipSources,
  ldmUnetSources,
  ldmVaeSources,
  type Source,
} from './ldm-names.ts'
import { openPart } from './part.ts'
import { readSafetensors } from './safetensors.ts'
import { type SchedulerConfig, sdxlSchedulerConfig } from './scheduler-config.ts'
import { readSidecar } from './sidecar.ts'
import { findVaeBeside } from './vae-beside.ts'

/** Throws Failure('checkpoint-invalid') or Failure('checkpoint-unsupported'), as openCheckpoint says. */
export async function openSingleFile(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path)
  const vaeBeside = await findVaeBeside(path)
  requireSdxl(tensors, path, { hasVae: vaeBeside !== undefined })
  const { scheduler, ...known } = await readSidecar(path)
  const otherVae = vaeBeside?.open(known.vae)
  const configs = inferConfigs(tensors, path, {
    ...known,
    ...(otherVae && { vae: otherVae.config }),
  })
  const taken = new Set<string>()
  const part = <Config>(config: Config, sources: (name: string) => readonly Source[]) =>
    openPart(config, { path, tensors, sources, onTaken: (name) => taken.add(name) })
  const { unet, vae, textEncoder, textEncoder2 } = configs
  return {
    path,
    layout: 'single-file',
    unet: part(unet, (name) => ldmUnetSources(name, unet)),
    vae: otherVae ?? part(vae, (name) => ldmVaeSources(name, vae)),
    ...(vaeBeside && { vaeFile: vaeBeside.path }),
    textEncoder: part(textEncoder, ldmClipSources),
    textEncoder2: part(textEncoder2, ldmOpenClipSources),
    scheduler: scheduler ?? markedScheduler(tensors, metadata),
    zeroEmptyNegative: true,
    aestheticsScore: false,
    unused: () => {
      const known = otherVae ? [...useless, /^(first_stage_model|vae)\./] : useless
      return [...tensors.keys()].filter(
        (name) => !taken.has(name) && !known.some((p) => p.test(name)),
      )
    },
  }
}

type Named = Pick<ReadonlyMap<string, unknown>, 'has'>

/**
 * Finetunes on v-prediction say so by empty tensors of these names; those of kohya's trainer and old merges of ComfyUI
 * in their metadata alone. Zero terminal SNR needs the last timestep.
 */
function markedScheduler(
  tensors: Named,
  metadata: Pick<ReadonlyMap<string, string>, 'get'>,
): SchedulerConfig {
  const isTold = predictionKeys.some((key) => /^v(_prediction)?$/.test(metadata.get(key) ?? ''))
  if (!tensors.has('v_pred') && !isTold) return sdxlSchedulerConfig
  const marked = { ...sdxlSchedulerConfig, predictionType: 'v_prediction' } as const
  return tensors.has('ztsnr')
    ? { ...marked, spacing: 'trailing', rescaleBetasZeroSnr: true }
    : marked
}

/** Stability's ModelSpec has the first, ComfyUI writes the second. */
const predictionKeys = ['modelspec.prediction_type', 'modelspec.predict_key']

/** What trainers and merges leave in a file, and no network of ours takes. */
const useless = [
  /(^|\.)position_ids$/,
  /(^|\.)logit_scale$/,
  /^model_ema\./,
  /^(alphas_cumprod|betas$|sqrt_|log_one_minus|posterior_|denoiser\.|global_step$)/,
  /^(v_pred|ztsnr)$/,
  /^first_stage_model\.loss\./,
  /^conditioner\.embedders\.0\.transformer\.text_projection\.weight$/,
  /^conditioner\.embedders\.1\.model\.transformer\.text_model\./,
]
