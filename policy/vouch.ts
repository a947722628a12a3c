/**
 * A gateway's word for a job, which nobody can give who may merely push to the queue: what it found out of callers and
 * references travels in the job, and would be anybody's to write otherwise.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Job } from '#contract'

/** As the gateway pushes it. Without secrets it is given no word. */
export function vouchFor(job: Job, [secret]: readonly string[]): Job {
  return secret === undefined ? job : { ...job, voucher: voucherOf(job, secret) }
}

/**
 * As a worker takes it: the job itself, or another producer's, where secrets are set and none of them vouches for it.
 * Then what the operator grants such producers is all that it gets, and nothing of its reference was found out.
 */
export function asVouched(job: Job, secrets: readonly string[]): Job {
  if (secrets.length === 0 || job.source === 'foreign') return job
  const given = Buffer.from(job.voucher ?? '')
  const isVouched = secrets.some((secret) => {
    const expected = Buffer.from(voucherOf(job, secret))
    return expected.length === given.length && timingSafeEqual(expected, given)
  })
  return isVouched ? job : { ...job, source: 'foreign', cleared: undefined }
}

/**
 * HMAC-SHA256 in hexadecimal, over what it is for and the job: all of it but itself, and what is written at the moment
 * of the push, by which times alone are measured.
 */
function voucherOf(job: Job, secret: string): string {
  const { voucher: _, pushedAt: __, traceparent: ___, ...vouched } = job
  return createHmac('sha256', secret)
    .update(`i2i job v1 ${canonical(vouched)}`)
    .digest('hex')
}

/** JSON with the names of every object in order, for a reader may have put them into another. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const there = Object.entries(value).filter(([, inner]) => inner !== undefined)
  const sorted = there.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`
}
