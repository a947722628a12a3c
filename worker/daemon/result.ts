/** What a job's record keeps of its end. */
export {
  type Asset,
  failureResult,
  type JobResult,
  readFailure,
  readResult,
  writeResult,
} from '#contract'
