import { expect, it } from 'vitest'
import { Failure, type FailureCode, failureTable } from '#contract'
import { createLog } from '#platform/log.ts'
import { recordOf } from '../http/conforms.case.ts'
import { createRouter } from '../http/router.ts'
import { providerImageWords } from './functions-words.ts'
import { refuseIn } from './refuse-in-words.ts'

const codes = Object.keys(failureTable) as FailureCode[]

it.each(codes)('whoever is asked to come back is told that it is worth it: %s', async (code) => {
  const app = createRouter()
  app.get('/now', () => {
    throw new Failure(code, 'words')
  })
  app.get('/later', () => {
    throw new Failure(code, 'words', { cause: { atLeastMs: 30_000 } })
  })
  app.onError(refuseIn(providerImageWords, createLog({ level: 'silent' })))
  for (const path of ['/now', '/later']) {
    const answer = await app.request(path)
    const isAsked = answer.headers.has('retry-after')
    if (!answer.headers.get('content-type')?.includes('json')) {
      expect(isAsked).toBe(false)
      continue
    }
    const { retryable } = recordOf(await answer.json())
    expect([path, retryable]).toEqual([path, isAsked || failureTable[code].retryable])
  }
})
