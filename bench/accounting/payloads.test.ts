import { describe, expect, it } from 'vitest'
import { readPayload } from '#contract'
import { seedOf } from '#worker/daemon/job/seed-of.ts'
import { elementOf, jobId, POISON_PROMPT } from './payloads.ts'

const reference = 'http://127.0.0.1:1/a.png'

function read(element: string) {
  const reading = readPayload(element)
  if (reading.kind !== 'job') throw new Error(`${reading.kind}: ${element}`)
  return reading.job
}

describe('the payloads', () => {
  const ids = Array.from({ length: 2_000 }, (_, number) => jobId(1, number))
  const elements = ids.map((id) => elementOf({ id, reference }))
  const jobs = elements.map(read)

  it('are jobs under their own ids, with no seed but their own', () => {
    expect(jobs.map(({ id }) => id)).toEqual(ids)
    for (const { id, asked } of jobs) expect([undefined, seedOf(id)]).toContain(asked.seed)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are of nine shapes, a tenth with a reference, some of them COPY', () => {
    const shapeOf = (element: string) => Object.keys(JSON.parse(element)).join(' ')
    // Two pairs have the same names at the top.
    expect(new Set(elements.map(shapeOf)).size).toBe(8)
    const referenced = jobs.filter((job) => job.reference)
    for (const job of referenced) expect(job.reference).toEqual({ url: reference })
    expect(referenced.length / jobs.length).toBeCloseTo(0.1, 1)
    const copies = jobs.filter(({ mode }) => mode === 'copy')
    expect(copies.length / jobs.length).toBeCloseTo(0.02, 2)
  })

  it('are poison by their prompt', () => {
    const [id = ''] = ids
    expect(read(elementOf({ id, reference, isPoison: true })).asked.prompt).toBe(POISON_PROMPT)
  })
})
