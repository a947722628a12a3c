export {
  type Distillation,
  distillations,
  type TurboPreset,
  turboPresets,
} from './distillations.ts'
export { evaluations, firstStep } from './evaluations.ts'
export { Failure, type FailureCode, messageOf } from './failure.ts'
export { type GuidanceInterval, isGuidedStep, WHOLE_SCHEDULE } from './guidance-interval.ts'
export {
  type JobLora,
  jobLoras,
  loraId,
  loraStrength,
  MOST_LORA_STRENGTH,
  MOST_LORAS,
  readLoras,
} from './loras.ts'
export {
  type Asked,
  type Mode,
  modes,
  type Offer,
  type Planned,
  type PromptSyntax,
  plan,
  promptSyntaxes,
  qualities,
} from './modes.ts'
export { assertRgbImage, type RgbImage } from './rgb-image.ts'
export { type SchedulerName, schedulerNames } from './scheduler-names.ts'
export { type Drawing, readServedSizes, serve } from './served-sizes.ts'
export { bucketOfAspect, checkSize, nearestBucket, ownAspect, type Size } from './sizes.ts'
