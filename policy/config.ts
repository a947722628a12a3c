/** The policy's own settings, read by whoever runs a process that asks it. The floor has none. */
import { z } from 'zod'
import { type ContentMode, contentModes } from '#contract'
import { readEnvironment } from '#platform/environment/read-environment.ts'

export interface PolicyConfig {
  /** The most that is made here at all. */
  readonly granted: ContentMode
  /** The most for producers that push straight to Redis. */
  readonly grantedForeign: ContentMode
  /** With the operator's own rules. */
  readonly termsFolder: string | undefined
}

const LEAST_ATTESTATION = 40
const modeRule = `must be one of ${contentModes.join(', ')}`

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
  }
}
