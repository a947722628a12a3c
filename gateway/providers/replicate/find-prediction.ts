/** The prediction that came of a request whose answer never came, looked for among all that were made since. */
import { z } from 'zod'
import { type Prediction, predictionSchema } from './prediction.ts'
import type { ReplicateApi } from './replicate-api.ts'

export interface Sought {
  readonly since: Date
  readonly webhookUrl: string
  /** What was sent, where this process still knows. */
  readonly input: Readonly<Record<string, unknown>> | undefined
  readonly signal: AbortSignal
}

/** Of 100 each, in Replicate's. */
const MOST_PAGES = 10
/** That two clocks may differ by. */
const SKEW = 60_000

const page = z.object({
  next: z.string().nullish(),
  results: z.array(predictionSchema),
})

/** Its name, where exactly one can be it. Throws as `ReplicateApi.get`. */
export async function findPrediction(
  api: ReplicateApi,
  sought: Sought,
): Promise<string | undefined> {
  const since = new Date(sought.since.getTime() - SKEW)
  const byInput: string[] = []
  let next: string | null | undefined = `predictions?created_after=${since.toISOString()}`
  for (let pages = 0; next && pages < MOST_PAGES; pages++) {
    const read: z.ZodSafeParseResult<z.infer<typeof page>> = page.safeParse(
      (await api.get(next, sought.signal)).json,
    )
    if (!read.success) return undefined
    const recent = read.data.results.filter((prediction) => !isBefore(prediction, since))
    const ours = recent.find(({ webhook }) => webhook === sought.webhookUrl)
    if (ours) return ours.id
    const { input } = sought
    if (input) byInput.push(...recent.filter((one) => couldBe(one, input)).map(({ id }) => id))
    next = read.data.next
  }
  const [only, second] = byInput
  return second === undefined ? only : undefined
}

const isBefore = ({ created_at: at }: Prediction, since: Date): boolean =>
  at !== undefined && Date.parse(at) < since.getTime()

/**
 * Where lists do not say webhooks: the very inputs that were sent, seed and the reference's address among them. One
 * that has another webhook is another's.
 */
function couldBe({ input, webhook }: Prediction, sent: Readonly<Record<string, unknown>>): boolean {
  if (!input || typeof webhook === 'string') return false
  return Object.entries(sent).every(
    ([name, value]) => JSON.stringify(input[name]) === JSON.stringify(value),
  )
}
