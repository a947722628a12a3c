/** Whether a caller's job may be made at all, asked before any provider: and everything that is decided is written down. */
import { type ContentMode, Failure, type Job } from '#contract'
import type { Strikes } from '../../policy/config.ts'
import { Refusal, severeRules } from '../../policy/refusal.ts'
import { effectiveMode, type Screen } from '../../policy/screen.ts'
import type { Caller } from '../callers/caller.ts'
import type { Sql } from '../database/database.ts'
import type { Surface } from '../store/job-row.ts'
import type { ClearReferences } from './clear-references.ts'
import { type PolicyEvent, recordEvent } from './policy-events.ts'
import type { Suspensions } from './suspensions.ts'

export interface AdmitParts {
  readonly database: Sql
  readonly screen: Screen
  /** The most that the operator allows; sfw unless given. What is asked beyond it is lowered to it. */
  readonly granted?: ContentMode | undefined
  /** Without it no edit in nsfw is admitted. */
  readonly clear?: ClearReferences | undefined
  readonly suspensions?: Suspensions | undefined
  /** Without them nobody is suspended. */
  readonly strikes?: Strikes | undefined
}

export interface Admission {
  readonly caller: Caller
  readonly surface?: Surface | undefined
  /** In the caller's own words: that who is shown consents. */
  readonly statement?: string | undefined
}

/**
 * @returns the job as it is held: its content mode lowered to what the operator and the caller's key grant, its
 * references cleared. Throws what stands against it.
 */
export type Admit = (job: Job, asked: Admission) => Promise<Job>

export function createAdmit(parts: AdmitParts): Admit {
  const { database, screen, granted, suspensions, clear = clearNone } = parts
  return async (job, asked) => {
    const { caller, statement } = asked
    await suspensions?.requireNone(caller)
    const isLowered = job.contentMode === 'nsfw' && !caller.adult
    const mine: Job = isLowered ? { ...job, contentMode: 'sfw' } : job
    // To have asked for nsfw counts, granted or not; what is explicit must pass as what it will be made in, too.
    const asAsked = await screen(job, 'asked')
    const refusal = asAsked ?? (isLowered ? await screen(mine, 'asked') : undefined)
    if (refusal) throw await noted(refusal, { job, asked, parts })
    const held = { ...mine, contentMode: effectiveMode(mine, { granted }) }
    if (held.contentMode === 'sfw' || !held.reference) return held
    const isAttested = caller.attests === true && statement !== undefined
    const cleared = await clear(held, caller.userId, isAttested).catch(async (error) => {
      throw error instanceof Refusal ? await noted(error, { job: held, asked, parts }) : error
    })
    // What is allowed for somebody's word is allowed only where that word is kept.
    await recordEvent(database, {
      ...eventOf(held, asked),
      ...{ outcome: 'cleared', rule: [...new Set(cleared.map(({ by }) => by))].join(' ') },
      pictures: cleared.map(({ sha256 }) => sha256),
      statement: cleared.some(({ by }) => by === 'attestation') ? statement : undefined,
    })
    return { ...held, cleared }
  }
}

const clearNone: ClearReferences = async () => {
  throw new Refusal('reference-consent')
}

interface Refused {
  readonly job: Job
  readonly asked: Admission
  readonly parts: AdmitParts
}

/** A refusal stands, whether or not it can be written down. @returns it. */
async function noted(refusal: Failure, { job, asked, parts }: Refused): Promise<Failure> {
  const { database, suspensions, strikes } = parts
  const { rule, rulesVersion, picture } = refusal instanceof Refusal ? refusal : NO_RULE
  // Whoever runs the service tries it, and could lift what follows.
  const isStrike =
    rule !== undefined && severeRules.includes(rule) && !asked.caller.scopes.includes('admin')
  const event = {
    ...eventOf(job, asked),
    ...({ outcome: 'refused', code: refusal.code, rule, rulesVersion, isStrike } as const),
    pictures: picture === undefined ? [] : [picture],
  }
  const until = await recordEvent(database, event, strikes).catch((error) => {
    if (error instanceof Failure && error.code === 'database-unavailable') return undefined
    throw error
  })
  if (until) suspensions?.learn(asked.caller, until)
  return refusal
}

const NO_RULE = { rule: undefined, rulesVersion: undefined, picture: undefined }

const eventOf = (
  { id, mode, contentMode }: Job,
  { caller, surface }: Admission,
): Omit<PolicyEvent, 'outcome'> => ({
  ...{ tenant: caller.tenant, userId: caller.userId, caller: caller.name },
  ...{ jobId: id, surface, stage: 'gateway', mode, contentMode },
})
