/** The environment of `npm run keys`, read once and here alone: of the gateway's, what says where keys are kept. */
import { z } from 'zod'
import { Failure } from '#contract'
import { variables } from '../config/variables.ts'

const { DATABASE_URL, DATA_FOLDER, KEY_PEPPER } = variables
const environment = z.object({ DATABASE_URL, DATA_FOLDER, KEY_PEPPER })

export interface KeysConfig {
  readonly databaseUrl: string | undefined
  readonly dataFolder: string
  readonly pepper: string | undefined
}

/** Throws `configuration-invalid` listing every problem. An empty variable counts as unset. */
export function readKeysConfig(given: NodeJS.ProcessEnv = process.env): KeysConfig {
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== '')
  const result = environment.safeParse(Object.fromEntries(set))
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    throw new Failure('configuration-invalid', `In the environment: ${problems.join('; ')}.`)
  }
  const found = result.data
  return {
    databaseUrl: found.DATABASE_URL,
    dataFolder: found.DATA_FOLDER,
    pepper: found.KEY_PEPPER,
  }
}
