/** What `npm run worker -- --help` prints. */
import { helpText } from '#platform/environment/help-text.ts'
import { variables } from './variables.ts'

const HEAD = `i2i worker: takes jobs from a Redis list, and makes their pictures.

  npm run worker             until SIGTERM, which lets it end what it has begun; a second one ends it at once
  npm run worker -- --help   this

It is configured by the environment:
`

export const help = (): string => `${HEAD}\n${helpText(variables)}\n`
