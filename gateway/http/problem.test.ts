import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import { Failure, type FailureCode, failureTable } from '#contract'
import { problemOf, viewFailure } from './problem.ts'

const codes = Object.keys(failureTable) as FailureCode[]

describe('a problem', () => {
  it.each(codes)('has the status of its code and a title: %s', (code) => {
    const { problem } = problemOf(new Failure(code, 'words'), 'id')
    const { httpStatus, meaning } = failureTable[code]
    expect(problem).toMatchObject({ status: httpStatus, title: meaning, code })
    expect(problem.instance).toBe('urn:uuid:id')
  })

  it('tells what the client did wrong in our words, and nothing of services and settings', () => {
    const told = (code: FailureCode) => problemOf(new Failure(code, 'KEY at db.internal')).problem
    expect(told('request-invalid').detail).toBe('KEY at db.internal')
    for (const code of codes.filter((each) => failureTable[each].fault === 'provider')) {
      expect(told(code).detail).toBe(failureTable[code].meaning)
    }
    for (const code of ['database-unavailable', 'storage-failed', 'provider-denied'] as const) {
      expect(JSON.stringify(told(code))).not.toContain('internal')
    }
  })

  it('of what is no Failure says nothing but that', () => {
    const { problem, isOurs } = problemOf(new TypeError('password is hunter2'))
    expect(isOurs).toBe(true)
    expect(JSON.stringify(problem)).not.toContain('hunter2')
    expect(problem).toMatchObject({ status: 500, code: 'internal' })
    expect(problemOf(new HTTPException(400)).problem.code).toBe('request-unreadable')
  })

  it('asks to come back later where that helps, as late as was asked for', () => {
    const late = { cause: { atLeastMs: 30_001 } }
    expect(problemOf(new Failure('queue-full', '.', late)).retryAfter).toBe(31)
    expect(problemOf(new Failure('database-unavailable', '.')).retryAfter).toBe(5)
    expect(problemOf(new Failure('request-invalid', '.', late)).retryAfter).toBeUndefined()
    expect(problemOf(new Failure('no-provider', '.', late)).retryAfter).toBe(31)
  })

  it('asks nobody to come back for what an operator has to mend first', () => {
    const asked = codes.filter((code) => problemOf(new Failure(code, '.')).retryAfter !== undefined)
    const mended = codes.filter((code) => {
      const { httpStatus, fault, retryable } = failureTable[code]
      return httpStatus === 503 && fault === 'operator' && !retryable
    })
    expect(mended).toEqual(expect.arrayContaining(['no-provider', 'configuration-invalid']))
    expect(asked.filter((code) => mended.includes(code))).toEqual([])
    const waits = codes.filter((code) => [429, 503].includes(failureTable[code].httpStatus))
    expect([...asked, ...mended].toSorted()).toEqual(waits.toSorted())
  })

  it('of a chain that ended says who had the job and how it went', () => {
    const failure = { code: 'provider-failed', message: 'their words' } as const
    const tried = [{ provider: 'local-sdxl', code: 'worker-unavailable' }] as const
    expect(viewFailure(failure, tried)).toMatchObject({
      ...{ code: 'provider-failed', status: 502, fallback_attempted: true },
      ...{
        error: failureTable['provider-failed'].meaning,
        details: 'local-sdxl: worker-unavailable',
      },
    })
    expect(viewFailure(failure, [])).not.toHaveProperty('fallback_attempted')
  })
})
