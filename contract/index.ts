export { evaluations, firstStep } from './evaluations.ts'
export { Failure, type FailureCode, messageOf } from './failure.ts'
export {
  type Asked,
  type Mode,
  modes,
  type Planned,
  type PromptSyntax,
  plan,
  promptSyntaxes,
  qualities,
  type SchedulerName,
  schedulerNames,
} from './modes.ts'
export { assertRgbImage, type RgbImage } from './rgb-image.ts'
export { bucketOfAspect, checkSize, nearestBucket, ownAspect, type Size } from './sizes.ts'
