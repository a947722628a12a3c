/** The environment of `npm run keys`, read once and here alone: of the gateway's, what says where keys are kept. */
import { z } from 'zod'
import { readEnvironment } from '#platform/environment/read-environment.ts'
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
  const found = readEnvironment(environment, given)
  return {
    databaseUrl: found.DATABASE_URL,
    dataFolder: found.DATA_FOLDER,
    pepper: found.KEY_PEPPER,
  }
}
