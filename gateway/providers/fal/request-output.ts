/** What an app made, as its result tells of it. */
import { z } from 'zod'
import { Failure } from '#contract'
import type { RemoteState } from '../provider.ts'

const output = z.object({
  images: z.array(z.object({ url: z.string() })).catch([]),
  /** One for each picture, of SDXL alone. */
  has_nsfw_concepts: z.array(z.boolean()).nullish().catch(null),
  seed: z.number().nullish().catch(null),
})

type Cost = (images: number) => { readonly costMicros?: number }

/** `json` of an answer that is a success. A picture that the safety checker blacked out is paid for all the same. */
export function stateOfOutput(json: unknown, cost: Cost): RemoteState {
  const { images = [], has_nsfw_concepts: unsafe, seed } = output.safeParse(json).data ?? {}
  const outputs = images.map(({ url }) => url).filter((url) => /^https?:\/\//.test(url))
  if (unsafe?.includes(true)) {
    const failure = new Failure('provider-refused-content', 'fal.ai refused the content.')
    return { kind: 'failed', failure, ...cost(images.length) }
  }
  if (outputs.length === 0) {
    const message = 'fal.ai says that it succeeded, and has no picture.'
    return { kind: 'failed', failure: new Failure('provider-failed', message), ...cost(0) }
  }
  // Beyond it JSON has rounded the number, and no picture can be drawn by it again.
  const isExact = typeof seed === 'number' && Number.isSafeInteger(seed)
  return { kind: 'done', outputs, ...(isExact && { seed }), ...cost(outputs.length) }
}
