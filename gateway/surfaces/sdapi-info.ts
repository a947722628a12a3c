/** `info` of the web UI's answer: JSON in a text, saying what really ran. */
import { type Asset, type Planned, type SchedulerName, schedulerNames } from '#contract'
import { a1111Text } from '#platform/image/a1111-text.ts'
import type { JobRow } from '../store/job-row.ts'
import { assetsOf } from './pictures.ts'
import { timestamp } from './sdapi-progress.ts'
import { samplerNameOf } from './sdapi-samplers.ts'

export const MODEL_NAME = 'i2i'

/** `ignored` is told as one of the generation's parameters, which clients show. */
export function infoOf(row: JobRow, ignored: readonly string[]): string {
  const assets = assetsOf(row)
  const ran = ranOf(row)
  const [first] = assets
  const seeds = assets.map(({ seed }) => seed)
  const said = [...ignored, ...row.notes]
  return JSON.stringify({
    prompt: ran.prompt,
    all_prompts: assets.map(() => ran.prompt),
    negative_prompt: ran.negativePrompt ?? '',
    all_negative_prompts: assets.map(() => ran.negativePrompt ?? ''),
    ...{ seed: first?.seed ?? ran.seed, all_seeds: seeds },
    ...{ subseed: -1, all_subseeds: assets.map(() => -1), subseed_strength: 0 },
    ...{ width: first?.width ?? 0, height: first?.height ?? 0 },
    sampler_name: samplerNameOf(ran.scheduler),
    ...{ cfg_scale: ran.guidanceScale, steps: ran.steps, batch_size: assets.length },
    ...{ restore_faces: false, face_restoration_model: null },
    ...{ sd_model_name: MODEL_NAME, sd_model_hash: '' },
    denoising_strength: ran.mode === 'txt2img' ? null : ran.denoiseStrength,
    extra_generation_params: said.length === 0 ? {} : { Ignored: said.join('; ') },
    index_of_first_image: 0,
    infotexts: assets.map((asset) => infotext(ran, asset)),
    styles: [],
    job_timestamp: timestamp(row.createdAt),
    ...{ clip_skip: 2, is_using_inpainting_conditioning: false },
  })
}

/** What was planned, but for what whoever drew it says that it drew from. */
function ranOf({ planned, result }: JobRow): Planned {
  const { scheduler, steps, guidanceScale, denoiseStrength } = result?.effective ?? {}
  const known = schedulerNames.find((name) => name === scheduler)
  return {
    ...planned,
    prompt: result?.prompt ?? planned.prompt,
    scheduler: known ?? planned.scheduler,
    steps: numberOr(planned.steps, steps),
    guidanceScale: numberOr(planned.guidanceScale, guidanceScale),
    denoiseStrength: numberOr(planned.denoiseStrength, denoiseStrength),
  }
}

const numberOr = (planned: number, ran: unknown): number =>
  typeof ran === 'number' ? ran : planned

function infotext(ran: Planned, { width, height, seed }: Asset): string {
  const { prompt, negativePrompt, steps, guidanceScale } = ran
  const scheduler: SchedulerName = ran.scheduler
  return a1111Text({
    ...{ prompt, negativePrompt, steps, scheduler, guidanceScale, seed, width, height },
    ...{ model: MODEL_NAME, strength: ran.mode === 'txt2img' ? undefined : ran.denoiseStrength },
  })
}
