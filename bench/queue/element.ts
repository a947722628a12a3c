/** A job that nobody has seen before, as today's producers push it. */
import { randomUUID } from 'node:crypto'
import { today } from '../../contract/job/today.case.ts'

export function element() {
  const id = randomUUID()
  return { ...today, id, job_id: id }
}
