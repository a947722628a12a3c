/** What is refused before a route has it, in the words of whose address was asked: clients look for theirs alone. */
import type { Context } from 'hono'
import type { Log } from '#platform/log.ts'
import { refuse } from '../http/refuse.ts'
import type { HttpEnv } from '../http/router.ts'
import { providerImageWords, queueJobWords } from './functions-words.ts'
import { openaiWords } from './openai-words.ts'
import { refuseIn } from './refuse-in-words.ts'
import { sdapiWords } from './sdapi-words.ts'

/** OpenAI's clients know more than is here, and are told so. */
const OPENAI = /^(?:\/+v1){0,2}\/+(?:images|models|chat|responses)(?:\/|$)/

const manners = [
  [OPENAI, openaiWords],
  [/^\/sdapi\//, sdapiWords],
  [/^\/functions\/v1\/queue-job$/, queueJobWords],
  [/^\/functions\/v1\//, providerImageWords],
] as const

/** For `onError` and `notFound`. */
export function refuseByPath(log: Log) {
  const plain = refuse(log)
  const inWords = manners.map(([path, words]) => ({ path, refused: refuseIn(words, log) }))
  return (error: unknown, context: Context<HttpEnv>): Response => {
    const found = inWords.find(({ path }) => path.test(context.req.path))
    return (found?.refused ?? plain)(error, context)
  }
}
