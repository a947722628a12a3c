/** The job types that producers ever named, as those of `POST /v1/jobs`. */
import type { Failure } from '#contract'
import { refusalOfFields } from '../http/wrong-fields.ts'
import { type JobRequest, jobTypes } from '../requests/job-request.ts'
import { firstText } from './loose-fields.ts'

/** Throws `request-invalid`: for none, for a video, and for what is unknown. */
export function readJobType(value: unknown): NonNullable<JobRequest['job_type']> {
  const name = firstText(value)
  if (name === undefined) throw wrong(`is missing: send ${jobTypes.join(' or ')}`)
  if (/video|^wan/i.test(name)) throw wrong('asks for a video, and only pictures are made')
  const [, speed] = /^(?:sdxl_|rv51_|flux_)?(?:image_)?(fast|high)$/.exec(name) ?? []
  if (speed === undefined) throw wrong(`must be one of ${jobTypes.join(', ')}`)
  return speed === 'fast' ? 'sdxl_image_fast' : 'sdxl_image_high'
}

const wrong = (message: string): Failure => refusalOfFields([{ field: 'job_type', message }])
