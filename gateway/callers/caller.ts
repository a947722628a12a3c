/** Who asks, as far as a key, a token or this machine vouches for it. */
import type { Owner } from '../store/job-row.ts'

export const scopes = ['jobs:write', 'jobs:read', 'files:write', 'admin'] as const
export type Scope = (typeof scopes)[number]

export const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text)

/** What whoever signs in may do: all that is their own, and nothing of the operator's. */
export const userScopes: readonly Scope[] = ['jobs:write', 'jobs:read', 'files:write']

/** Of keys and tokens that name no other: one user then has the same jobs by either. */
export const DEFAULT_TENANT = 'default'

export interface Caller extends Owner {
  /** For limits and logs: the id of a key, the subject of a token, or `local`. No secret. */
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Whether content mode nsfw may be granted at all. */
  readonly adult: boolean
  /** Whether they may attest that who is shown in a reference consents. */
  readonly attests?: boolean
}
