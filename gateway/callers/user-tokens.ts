/**
 * Who signed in at Supabase, by the token that they got there. Tokens of the project's own key pair and those of older
 * projects, signed with a shared secret, have a verifier each: one that took both could be handed the public key as
 * if it were the secret.
 */
import { createSecretKey } from 'node:crypto'
import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import { Failure, isId } from '#contract'
import { type Caller, DEFAULT_TENANT, userScopes } from './caller.ts'
import { createTokenKeys } from './token-keys.ts'

/** Throws `unauthorized` saying why; `configuration-invalid` where the issuer's keys cannot be had. */
export type VerifyToken = (token: string) => Promise<Caller>

export interface UserTokensOptions {
  /** SUPABASE_URL: the issuer is its `/auth/v1`. */
  readonly supabaseUrl: string
  /** SUPABASE_JWT_SECRET, of projects that sign with one. Without it such tokens are refused. */
  readonly jwtSecret?: string | undefined
  readonly tenant?: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Seconds by which clocks may differ. */
const TOLERANCE = 5

export function createVerifyToken(options: UserTokensOptions): VerifyToken {
  const { supabaseUrl, jwtSecret, tenant = DEFAULT_TENANT, now = Date.now } = options
  const issuer = `${supabaseUrl.replace(/\/+$/, '')}/auth/v1`
  const publicKeys = createTokenKeys(`${issuer}/.well-known/jwks.json`, { now })
  const secret = jwtSecret === undefined ? undefined : createSecretKey(Buffer.from(jwtSecret))
  const demands = (algorithms: string[]): JWTVerifyOptions => ({
    algorithms,
    issuer,
    audience: 'authenticated',
    requiredClaims: ['exp', 'sub'],
    clockTolerance: TOLERANCE,
    currentDate: new Date(now()),
  })

  const byPublicKey = async (token: string) => {
    const { payload } = await jwtVerify(token, publicKeys, demands(['ES256', 'RS256']))
    return payload
  }
  const bySecret = async (token: string) => {
    if (!secret) throw refused('The token is signed in a manner that is not taken here.')
    const { payload } = await jwtVerify(token, secret, demands(['HS256']))
    return payload
  }
  return async (token) => {
    try {
      const isOlder = decodeProtectedHeader(token).alg === 'HS256'
      return callerOf(await (isOlder ? bySecret(token) : byPublicKey(token)), tenant)
    } catch (error) {
      throw explained(error)
    }
  }
}

function callerOf(payload: JWTPayload, tenant: string): Caller {
  const { sub, role, app_metadata: metadata } = payload
  // `anon` and `service_role` are keys of a project, and nobody who signed in.
  if (role !== 'authenticated') throw refused('The token is not that of a user. Sign in first.')
  if (!isId(sub)) throw refused('The token names no user.')
  return { tenant, userId: sub, name: sub, scopes: userScopes, ...grantsIn(metadata) }
}

/** Only servers write `app_metadata`; users write `user_metadata` themselves. */
function grantsIn(metadata: unknown): Pick<Caller, 'adult' | 'attests'> {
  if (typeof metadata !== 'object' || metadata === null) return { adult: false }
  return {
    adult: 'adult' in metadata && metadata.adult === true,
    ...('attests_consent' in metadata && metadata.attests_consent === true && { attests: true }),
  }
}

function explained(error: unknown): unknown {
  if (error instanceof Failure) return error
  if (error instanceof errors.JWTExpired) return refused('The token has expired. Sign in again.')
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused(`The token is not for this gateway: its ${error.claim} is not as it must be.`)
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return refused('The token is not valid here. Sign in again.')
  }
  return error
}

const refused = (message: string): Failure => new Failure('unauthorized', message)
