/** How today's functions answer what is no POST: with a word to browsers that ask before, and 405 to all else. */
import { Failure } from '#contract'
import type { Router } from '../http/router.ts'

/** Call it when the POST is there. */
export function otherMethods(router: Router, path: string): void {
  router.options(path, (context) => context.text('ok'))
  router.all(path, (context) => {
    context.header('allow', 'OPTIONS, POST')
    throw new Failure('method-not-allowed', 'Method not allowed: send a POST.')
  })
}
