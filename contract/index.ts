export {
  type Distillation,
  distillations,
  type TurboPreset,
  turboPresets,
} from './distillations.ts'
export { evaluations, firstStep } from './evaluations.ts'
export { Failure, messageOf } from './failure.ts'
export { type FailureCode, type FailureKind, failureTable } from './failure-table.ts'
export { type GuidanceInterval, isGuidedStep, WHOLE_SCHEDULE } from './guidance-interval.ts'
export { type Clearance, sha256Pattern, sha256Rule } from './job/clearance.ts'
export { compelTerms } from './job/compel-weights.ts'
export { type Identified, identify, isId } from './job/identity.ts'
export {
  type ContentMode,
  contentModes,
  type Job,
  type Reference,
  type Resize,
  resizes,
  type SizeWish,
  type Upload,
} from './job/job.ts'
export {
  type Asset,
  failureResult,
  type JobResult,
  readFailure,
  readResult,
  writeResult,
} from './job/job-result.ts'
export { type LooseStyle, readLooseStyle } from './job/loose-style.ts'
export {
  type RanEnhancement,
  ranEnhancement,
} from './job/ran-enhancement.ts'
export { type Reading, readPayload } from './job/read-payload.ts'
export { MOST_ELEMENT_BYTES, unwrap } from './job/unwrap.ts'
export { jobTypeOf, writePayload } from './job/write-payload.ts'
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
  drawnPrompt,
  type Mode,
  modes,
  type Offer,
  type Planned,
  type PromptSyntax,
  plan,
  promptSyntaxes,
  qualities,
} from './modes.ts'
export type {
  ByHand,
  Dropped,
  FoundWaiting,
  Glance,
  Lane,
  LaneRange,
  WaitingElement,
} from './queue/by-hand.ts'
export type { DeadLetter, DeadLetters } from './queue/dead-letters.ts'
export { lifetimes, queueKeys } from './queue/keys.ts'
export { type MemoryQueueOptions, memoryQueue } from './queue/memory-queue.ts'
export { type ProbeOptions, probeRedis } from './queue/probe-redis.ts'
export type {
  Callbacks,
  Claim,
  Depth,
  EndStatus,
  EventsAfter,
  FailedAttempt,
  JobEvent,
  JobRecord,
  JobStatus,
  Outcome,
  OwedCallback,
  Queue,
  QueueNote,
  QueueOptions,
  QueueWorker,
  ReadId,
  Standing,
  WorkerHealth,
} from './queue/queue.ts'
export type { BlockingRedis, RedisCommands, RedisReply } from './queue/redis-commands.ts'
export { type RedisQueueOptions, redisQueue } from './queue/redis-queue.ts'
export {
  defaultQueueSettings,
  MOST_PREVIEW_BYTES,
  type QueueSettings,
  queueSettings,
} from './queue/settings.ts'
export type { Swept } from './queue/swept.ts'
export type { TakenDown } from './queue/taken-down.ts'
export { assertRgbImage, type RgbImage } from './rgb-image.ts'
export { type SchedulerName, schedulerNames } from './scheduler-names.ts'
export { imageSeed, LAST_SEED } from './seeds.ts'
export { type Drawing, readServedSizes, serve } from './served-sizes.ts'
export { bucketOfAspect, checkSize, nearestBucket, ownAspect, type Size } from './sizes.ts'
export {
  afterPrompt,
  LONGEST_LOOK,
  type Style,
  stylePhrase,
  valuesOf,
  withStyle,
} from './style.ts'
export type { StyleName } from './style-phrases.ts'
export {
  type EnhancementHealth,
  enhancementHealth,
  type HealthReport,
  type LesserPictures,
  lesserPictures,
  readHealthReport,
  type ServiceTime,
  type WorkerStateName,
  workerStates,
} from './worker-health.ts'
