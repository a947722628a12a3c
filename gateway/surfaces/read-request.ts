/** A translated body as a request of ours: held against the ranges of `POST /v1/jobs`, and refused as that would be. */
import { refusalOf } from '../http/wrong-fields.ts'
import { type JobRequest, jobRequest } from '../requests/job-request.ts'

/**
 * What is undefined was not asked. `names` is what the surface calls some of our fields.
 * Throws `request-invalid` naming every field.
 */
export function readRequest(
  candidate: { readonly [K in keyof JobRequest]: unknown },
  names: Readonly<Record<string, string>> = {},
): JobRequest {
  const result = jobRequest.safeParse(candidate)
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({
    ...issue,
    path: issue.path.map((part, i) => (i === 0 ? (names[String(part)] ?? part) : part)),
  }))
  throw refusalOf(issues)
}
