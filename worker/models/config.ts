/** The environment of `npm run models`: the tokens of the two hosts. */
import { z } from 'zod'
import { helpText } from '#platform/environment/help-text.ts'
import { readEnvironment } from '#platform/environment/read-environment.ts'
import { httpUrl, text } from '#platform/environment/words.ts'
import { type Hosts, publicHosts, type Tokens } from './source.ts'

/** A header that it cannot be in would be quoted whole by whoever refuses it. */
const token = text
  .trim()
  .regex(/^[!-~]+$/, 'has a blank or a letter in it that no token has: copy it anew')

const variables = {
  HF_TOKEN: token.optional().describe('Of Hugging Face: for files that ask for an account.'),
  CIVITAI_TOKEN: token.optional().describe('An API key of Civitai: most of its files ask for one.'),
  HF_ENDPOINT: httpUrl
    .default(publicHosts.huggingFace)
    .describe('Where Hugging Face is: a mirror gets the token.'),
  CIVITAI_ENDPOINT: httpUrl.default(publicHosts.civitai).describe('Where Civitai is, likewise.'),
  INIT_CWD: text.optional().describe('Set by npm: what --to is relative to.'),
}

export interface ModelsConfig {
  readonly tokens: Tokens
  readonly hosts: Hosts
  readonly folder: string
}

export const variablesHelp = (): string => helpText(variables)

/** Throws `configuration-invalid` naming every problem. */
export function readModelsConfig(given: NodeJS.ProcessEnv = process.env): ModelsConfig {
  const found = readEnvironment(z.object(variables), given)
  return {
    tokens: { huggingFace: found.HF_TOKEN, civitai: found.CIVITAI_TOKEN },
    hosts: {
      huggingFace: new URL(found.HF_ENDPOINT).origin,
      civitai: new URL(found.CIVITAI_ENDPOINT).origin,
    },
    folder: found.INIT_CWD ?? process.cwd(),
  }
}
