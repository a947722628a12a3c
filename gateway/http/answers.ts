/** What operations answer, as their descriptions list it. */
import { z } from '@hono/zod-openapi'
import { PROBLEM_TYPE, problemSchema } from './problem.ts'

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

const about = {
  400: 'What was sent is not what it says it is.',
  401: 'There is no valid key or token.',
  402: 'The caller has used up what it may use.',
  403: 'The key, the token or the policy does not allow this.',
  404: 'There is no such thing, or it is another caller’s.',
  409: 'The first request of this key is still read.',
  413: 'More was sent than is read.',
  415: 'What was sent is of a type that is not read.',
  422: 'Something that was asked for cannot be. Every wrong field is named.',
  429: 'The caller asks more often than it may.',
  451: 'The picture was taken down.',
  500: 'Something went wrong that should not.',
  502: 'A provider failed.',
  503: 'A service is away, or there is too much to do. Try again after Retry-After, where it is given.',
  504: 'It was not done in time.',
} as const

type Described = keyof typeof about

/** What any request may get, whatever it is for. */
const ALWAYS = [413, 429, 500] as const

/** Every status that an operation may refuse with, beside those that any may. */
export function problems<Status extends Described>(...statuses: readonly Status[]) {
  const all: readonly Described[] = [...new Set<Described>([...statuses, ...ALWAYS])]
  return Object.fromEntries(all.map((status) => [status, problem(status)]))
}

function problem(status: Described) {
  const needsWait = status === 429 || status === 503
  return {
    description: about[status],
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
    ...(needsWait && { headers: z.object({ 'retry-after': z.string().optional() }) }),
  }
}

/** Where a caller must say who it is. */
export const signedIn = [{ bearer: [] }]
