/** The policy's own settings, read by whoever runs a process that asks it. The floor has none. */
import { z } from 'zod'
import { type ContentMode, contentModes } from '#contract'
import { readEnvironment } from '#platform/environment/read-environment.ts'
import { list, whole } from '#platform/environment/words.ts'
import { readTrustedMaker, type TrustedMaker } from './reference/trusted-makers.ts'

export interface PolicyConfig {
  /** The most that is made here at all. */
  readonly granted: ContentMode
  /** The most for producers that push straight to Redis. */
  readonly grantedForeign: ContentMode
  /** With the operator's own rules. */
  readonly termsFolder: string | undefined
  /** Of the image classifier's settings. */
  readonly classifierFile: string | undefined
  /** Whose signature says that a picture was made, and is no photograph. */
  readonly trustedMakers: readonly TrustedMaker[]
  /** By the first a gateway vouches for its jobs, and any of them is believed. None: a job's own word is. */
  readonly queueSecrets: readonly string[]
  readonly strikes: Strikes
}

/** When a caller is suspended: only a gateway knows callers. */
export interface Strikes {
  /** Severe refusals within `windowMs` that suspend; 0: nobody is. */
  readonly most: number
  readonly windowMs: number
  readonly suspensionMs: number
}

const LEAST_ATTESTATION = 40
const MINUTE = 60_000
const modeRule = `must be one of ${contentModes.join(', ')}`

const maker = z.string().transform((text, context) => {
  const read = readTrustedMaker(text)
  if (read) return read
  context.addIssue({ code: 'custom', message: 'must be NAME=KEY, the key 32 bytes in base64' })
  return z.NEVER
})

/** Among the variables of every process that asks. */
export const policyVariables = {
  POLICY_NSFW_ENABLED: z
    .enum(['0', '1'], 'must be 0 or 1')
    .default('0')
    .describe('1: content mode nsfw may be granted; needs POLICY_NSFW_ATTESTATION.'),
  POLICY_NSFW_ATTESTATION: z
    .string()
    .optional()
    .describe('Who answers for it: name, that callers are adults, how takedowns reach them.'),
  POLICY_FOREIGN_CONTENT_MODE: z
    .enum(contentModes, modeRule)
    .default('sfw')
    .describe('The most for jobs that other producers push straight to Redis.'),
  POLICY_TERMS: z.string().optional().describe('A folder of JSON files with rules to add.'),
  POLICY_CLASSIFIER: z
    .string()
    .optional()
    .describe('A JSON file: which networks look at pictures, and what their labels mean.'),
  POLICY_TRUSTED_MAKERS: list
    .pipe(z.array(maker))
    .default([])
    .describe(
      'NAME=KEY, …: Ed25519 keys in base64 that sign pictures which no photograph is behind.',
    ),
  POLICY_QUEUE_SECRET: list
    .pipe(z.array(z.string().min(32, 'must have 32 characters at least')))
    .default([])
    .describe(
      'Gateways sign jobs with it, and workers take no other job for a gateway’s. Two while one is replaced.',
    ),
  POLICY_STRIKES: whole(0, 1_000)
    .default(3)
    .describe('Severe refusals that suspend a caller; 0: nobody is suspended.'),
  POLICY_STRIKE_MINUTES: whole(1, 10_080).default(60).describe('Within which they count together.'),
  POLICY_SUSPENSION_HOURS: whole(1, 8_760).default(24).describe('For which a caller is suspended.'),
}

const environment = z
  .object(policyVariables)
  .superRefine(({ POLICY_NSFW_ENABLED, POLICY_NSFW_ATTESTATION = '', ...rest }, context) => {
    const isSigned = POLICY_NSFW_ATTESTATION.trim().length >= LEAST_ATTESTATION
    if (POLICY_NSFW_ENABLED === '1' && !isSigned) {
      const message = `must say in at least ${LEAST_ATTESTATION} characters who answers for nsfw`
      context.addIssue({ code: 'custom', path: ['POLICY_NSFW_ATTESTATION'], message })
    }
    if (rest.POLICY_FOREIGN_CONTENT_MODE === 'nsfw' && POLICY_NSFW_ENABLED === '0') {
      const message = 'cannot be nsfw without POLICY_NSFW_ENABLED=1'
      context.addIssue({ code: 'custom', path: ['POLICY_FOREIGN_CONTENT_MODE'], message })
    }
  })

/** Throws `configuration-invalid` naming every problem. An empty variable is none. */
export function readPolicyConfig(variables: NodeJS.ProcessEnv = process.env): PolicyConfig {
  const data = readEnvironment(environment, variables)
  return {
    granted: data.POLICY_NSFW_ENABLED === '1' ? 'nsfw' : 'sfw',
    grantedForeign: data.POLICY_FOREIGN_CONTENT_MODE,
    termsFolder: data.POLICY_TERMS,
    classifierFile: data.POLICY_CLASSIFIER,
    trustedMakers: data.POLICY_TRUSTED_MAKERS,
    queueSecrets: data.POLICY_QUEUE_SECRET,
    strikes: {
      most: data.POLICY_STRIKES,
      windowMs: data.POLICY_STRIKE_MINUTES * MINUTE,
      suspensionMs: data.POLICY_SUSPENSION_HOURS * 60 * MINUTE,
    },
  }
}
