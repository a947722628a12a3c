/** What `npm run gateway -- --help` prints. */
import { helpText } from '#platform/environment/help-text.ts'
import { variables } from './variables.ts'

const HEAD = `i2i gateway: takes requests for pictures over HTTP, and sees that one provider makes each.

  npm run gateway             with workers on REDIS_URL, and Replicate or fal.ai where they are configured
  npm run gateway -- --help   this

It is configured by the environment:
`

export const help = (): string => `${HEAD}\n${helpText(variables)}\n`
