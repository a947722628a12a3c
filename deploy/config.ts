/** The environment of `npm run deploy` and `npm run scale`. */
import { z } from 'zod'
import { Failure } from '#contract'
import { helpText } from '#platform/environment/help-text.ts'
import { readEnvironment } from '#platform/environment/read-environment.ts'
import { httpUrl, text } from '#platform/environment/words.ts'

const variables = {
  RUNPOD_API_KEY: text
    .trim()
    .regex(/^[!-~]+$/, 'has a blank or a letter in it that no key has: copy it anew')
    .optional()
    .describe('Of the account that pays. Must be set.'),
  RUNPOD_API_URL: httpUrl.default('https://api.runpod.io').describe('Where RunPod’s API is.'),
}

export interface DeployConfig {
  readonly key: string
  readonly origin: string
}

export const variablesHelp = (): string => helpText(variables)

/** Throws `configuration-invalid`. */
export function readDeployConfig(given: NodeJS.ProcessEnv = process.env): DeployConfig {
  const found = readEnvironment(z.object(variables), given)
  const { RUNPOD_API_KEY: key, RUNPOD_API_URL: url } = found
  if (key === undefined) {
    const mend = 'make a key in RunPod’s console under Settings, API Keys, and export it'
    throw new Failure('configuration-invalid', `RUNPOD_API_KEY must be set: ${mend}.`)
  }
  return { key, origin: url.replace(/\/+$/, '') }
}
