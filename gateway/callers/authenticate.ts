/** Who makes a request: by an API key, by a token of whoever signed in, or by being at this machine. */
import { Failure } from '#contract'
import type { Arrival } from './arrival.ts'
import type { Caller } from './caller.ts'
import type { KeyRing } from './key-ring.ts'
import { callerOfThisMachine } from './this-machine.ts'
import type { VerifyToken } from './user-tokens.ts'

/** Throws `unauthorized`, `forbidden`; `database-unavailable` and such where it cannot be found out. */
export type Authenticate = (arrival: Arrival) => Promise<Caller>

export interface AuthenticateParts {
  readonly keys: KeyRing
  /** Undefined where nobody signs in. */
  readonly verifyToken?: VerifyToken | undefined
  /** Whether who comes without a key, where there are none, may have content mode nsfw. */
  readonly isLocalAdult?: boolean
  /** Whether they may attest the consent of who is shown. */
  readonly mayLocalAttest?: boolean
}

/** Longer than any key and any token of use, and short enough to look at. */
const LONGEST_CREDENTIAL = 8_192

export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { keys, verifyToken, isLocalAdult = false, mayLocalAttest = false } = parts
  return async (arrival) => {
    const header = arrival.header('authorization')
    if (header !== undefined) {
      const credential = credentialIn(header)
      if (credential.startsWith('i2i_')) return await keys.verify(credential)
      if (verifyToken) return await verifyToken(credential)
      throw new Failure('unauthorized', ONLY_KEYS)
    }
    if (verifyToken || (await keys.hasAny())) throw new Failure('unauthorized', NOTHING)
    return callerOfThisMachine(arrival, {
      adult: isLocalAdult,
      ...(mayLocalAttest && { attests: true }),
    })
  }
}

function credentialIn(header: string): string {
  const [, credential] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(header) ?? []
  if (credential !== undefined && credential.length <= LONGEST_CREDENTIAL) return credential
  const message = 'Authorization must be the word Bearer, a space, and a key or token.'
  throw new Failure('unauthorized', message)
}

const ONLY_KEYS =
  'Only API keys are taken here, which begin with i2i_. Make one with npm run keys -- create.'
/** A Supabase client's `apikey` header names its project, and is on every page: it says nothing of who asks. */
const NOTHING =
  'A key or token is missing. Send it as Authorization: Bearer; no other header counts.'
