/** What was typed after `npm run scale --`. */
import { parseArgs } from 'node:util'
import { Failure, messageOf } from '#contract'
import { type ScaleRules, usualRules } from './decide.ts'

export interface ScaleErrand {
  readonly rules: ScaleRules
  /** Pages of metrics, of one worker or more. */
  readonly pages: readonly string[]
  readonly name: string
  readonly everySeconds: number
  /** Workers of an endpoint, not pods. */
  readonly isServerless: boolean
  readonly isOnce: boolean
  readonly isMeant: boolean
}

export const help = `As many pods as the work that waits needs: up at once, down slowly. Makes pods like the newest that npm run deploy made.

  npm run scale -- --target-wait 20 --metrics URL [--min N] [--max N] [--yes]

      --target-wait S    seconds of work that may wait for each engine
      --metrics URL      /metrics of a worker, as often as there are workers to ask; any one is enough
      --min N, --max N   of pods: ${usualRules.least} and ${usualRules.most}
      --serverless       as many workers of the endpoint that npm run deploy -- up --serverless made
      --every S          between two looks: 15
      --once             one look, and what it says
      --name NAME        what the pods are called: i2i
      --yes              rents and ends; without it, what would be done is only said
`

const string = { type: 'string' } as const
const boolean = { type: 'boolean' } as const
const options = {
  ...{ 'target-wait': string, min: string, max: string, every: string, name: string },
  metrics: { type: 'string', multiple: true },
  ...{ serverless: boolean, once: boolean, yes: boolean },
  help: { type: 'boolean', short: 'h' },
} as const

/** Undefined for help. Throws `request-invalid`. */
export function readScaleErrand(typed: readonly string[]): ScaleErrand | undefined {
  const values = parsed(typed)
  if (values.help || typed.length === 0) return undefined
  const { metrics: pages = [], name = 'i2i', once = false, yes = false } = values
  const isServerless = values.serverless ?? false
  if (pages.length === 0) throw invalid('Whom to ask? Add --metrics http://WORKER:7859/metrics.')
  const stray = pages.find((page) => !/^https?:\/\//.test(page) || !URL.canParse(page))
  if (stray !== undefined)
    throw invalid(`--metrics takes http://WORKER:7859/metrics, not ${stray}.`)
  const [least, most] = [number('min', values.min, 1), number('max', values.max, 4)]
  if (least > most) throw invalid('--min is more than --max.')
  const targetWaitSeconds = number('target-wait', values['target-wait'], 20)
  const everySeconds = number('every', values.every, 15)
  const mostGapSeconds = Math.max(usualRules.mostGapSeconds, 4 * everySeconds)
  const rules = { ...usualRules, targetWaitSeconds, least, most, mostGapSeconds }
  return { rules, pages, name, everySeconds, isServerless, isOnce: once, isMeant: yes }
}

function parsed(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options }).values
  } catch (error) {
    throw invalid(`${messageOf(error).split('. ')[0]}. See npm run scale -- --help.`)
  }
}

function number(name: string, text: string | undefined, usual: number): number {
  const value = text === undefined ? usual : Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw invalid(`--${name} takes a whole number from 1 on.`)
}

const invalid = (message: string): Failure => new Failure('request-invalid', message)
