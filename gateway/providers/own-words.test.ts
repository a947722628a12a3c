/** A provider's own words may repeat the prompt, or name things of its own: no sentence of ours is made of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { problemOf } from '../http/problem.ts'
import { failureOfTold, refusalOfFal, toldBy } from './fal/refusal.ts'
import { refusalOf } from './refusal.ts'
import { stateOf } from './replicate/prediction.ts'

/** What of an answer, and of what is read from one, is text of the provider's. */
const THEIRS = /\b(?:text|words|detail|error|errors|logs|body|json|msg|msgs|output|title|payload)\b/
/** Of which no sentence is made: a model's name as it is configured, and what is searched for codes alone. */
const ELSEWHERE: readonly string[] = [
  'replicate/model-name.ts JSON.stringify(text)',
  'fal/look-at-request.ts byResult.words',
  "fal/look-at-request.ts typeof error === 'string' ? error : ''",
]

const folder = import.meta.dirname
const caretaker = join(folder, '..', 'caretaker')
const sourcesOf = (root: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(?:test|case)\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

test('no text of ours is put together from what a provider says', () => {
  const found = [...sourcesOf(folder), ...sourcesOf(caretaker)].flatMap(({ path, text }) =>
    [...text.matchAll(/\$\{([^{}]*)\}/g)].flatMap(([, expression = '']) =>
      THEIRS.test(expression) ? [`${path} ${expression}`] : [],
    ),
  )
  expect(found.toSorted()).toEqual(ELSEWHERE.toSorted())
})

test('no failure is given an answer as its message', () => {
  const found = [...sourcesOf(folder), ...sourcesOf(caretaker)].flatMap(({ path, text }) =>
    [...text.matchAll(/new Failure\(\s*[^,()]+,\s*([^)`'"]*)\)/g)].flatMap(([, second = '']) =>
      THEIRS.test(second) ? [`${path} ${second}`] : [],
    ),
  )
  expect(found).toEqual([])
})

describe('what the caller is told', () => {
  const SECRET = 'a secret cat'
  const detail = [{ type: SECRET, msg: SECRET, input: SECRET, loc: [SECRET] }]
  const answers = [400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504].map(
    (status) => ({
      status,
      headers: { 'x-fal-error-type': SECRET },
      text: JSON.stringify({ title: SECRET, detail: SECRET, error: SECRET }),
      json: { title: SECRET, detail, error: SECRET, error_type: SECRET },
    }),
  )
  const context = { provider: 'Replicate', keySetting: 'REPLICATE_API_TOKEN', now: 0 }
  const told = (failure: Error) => [failure.message, JSON.stringify(problemOf(failure).problem)]

  test.each(answers)('of a refusal with $status is ours', (answer) => {
    const failures = [refusalOf(answer, context), refusalOfFal(answer, 0)]
    for (const failure of failures) expect(told(failure).join()).not.toContain(SECRET)
  })

  test('of a failed run is ours', () => {
    const state = stateOf({ id: 'p', status: 'failed', error: SECRET, logs: SECRET })
    if (state.kind !== 'failed') throw new Error('it has not failed')
    const atFal = failureOfTold({
      ...toldBy({ headers: {}, json: { detail } }),
      isRetryable: false,
    })
    for (const failure of [state.failure, atFal]) {
      expect(failure && told(failure).join()).not.toContain(SECRET)
      expect(failure).toBeInstanceOf(Error)
    }
  })
})
