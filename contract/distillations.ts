/** What checkpoints and LoRAs are distilled by, so that few evaluations without guidance are enough. */
import type { SchedulerName } from './scheduler-names.ts'

export const distillations = ['lcm', 'lightning', 'hyper', 'dmd2'] as const
export type Distillation = (typeof distillations)[number]

/** What quality `turbo` means for one distillation, where nothing else is asked. */
export interface TurboPreset {
  readonly steps: number
  readonly scheduler: SchedulerName
  /** 1 is off: the guidance was distilled into the weights. */
  readonly guidanceScale: number
}

/**
 * As the model cards run their networks, at the most steps that each card calls its few. Of 8 steps a
 * MODIFY at the usual strength runs 4 evaluations. Guidance is off in all: a card that says 0 means what
 * 1 means here.
 */
export const turboPresets: Readonly<Record<Distillation, TurboPreset>> = {
  // latent-consistency/lcm-lora-sdxl: LCMScheduler, 2 to 8 steps, guidance 1 to 2 (off at 1).
  lcm: { steps: 8, scheduler: 'lcm', guidanceScale: 1 },
  // ByteDance/SDXL-Lightning: EulerDiscreteScheduler with trailing spacing, guidance 0.
  lightning: { steps: 8, scheduler: 'euler_trailing', guidanceScale: 1 },
  // ByteDance/Hyper-SD, Hyper-SDXL-8steps-lora: DDIMScheduler with trailing spacing, guidance 0.
  hyper: { steps: 8, scheduler: 'ddim_trailing', guidanceScale: 1 },
  // tianweiy/DMD2, dmd2_sdxl_4step: LCMScheduler at 999, 749, 499 and 249, guidance 0.
  dmd2: { steps: 4, scheduler: 'lcm_trailing', guidanceScale: 1 },
}
