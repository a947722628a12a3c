/** What a caller may do is what its key or token was given. */
import { Failure } from '#contract'
import type { Caller, Scope } from './caller.ts'

/** Throws `forbidden` where the scope is not among the caller's. */
export function requireScope({ scopes }: Pick<Caller, 'scopes'>, scope: Scope): void {
  if (scopes.includes(scope)) return
  const message = `The key or token does not allow this: it lacks the scope ${scope}. Use one that has it.`
  throw new Failure('forbidden', message)
}
