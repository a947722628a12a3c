/** The jobs of an accounting: what producers push today and pushed before, under ids that follow from the seed. */
import { createHash } from 'node:crypto'
import { seedOf } from '#worker/daemon/job/seed-of.ts'
import { eras } from '../../contract/job/eras.case.ts'
import { id as exampleId, url as exampleUrl, today } from '../../contract/job/today.case.ts'

/** Whatever draws this dies. */
export const POISON_PROMPT = 'a harbour that ends whoever draws it'

export interface Payload {
  readonly id: string
  /** Where references are fetched from. */
  readonly reference: string
  readonly isPoison?: boolean
}

/** A UUID, as today's producers make them. */
export function jobId(seed: number, number: number): string {
  const hex = createHash('sha256').update(`${seed} ${number}`).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}

/** An element as the producer of one era pushed it; which era follows from the id. */
export function elementOf({ id, reference, isPoison = false }: Payload): string {
  const seed = seedOf(id)
  const fill = (key: string, value: unknown): unknown => {
    if (value === exampleId) return id
    if (value === exampleUrl) return reference
    // The seed that the daemon would choose, so that a drawing can be told by it in every era.
    return key === 'seed' || key === 'originalSeed' ? seed : value
  }
  const payload = isPoison ? { ...withoutReference(), prompt: POISON_PROMPT } : payloadFor(id)
  return JSON.stringify(JSON.parse(JSON.stringify(payload), fill))
}

/** Of fifty jobs; five have a reference, since each worker's life decodes its first in a process of its own. */
const shares: readonly (readonly [payload: object, ofFifty: number])[] = [
  [withoutReference(), 33],
  [eraOf('2025-06-22, camelCase without settings'), 5],
  [eraOf('2025-08-16, later, camelCase with two prompts and no plain one'), 5],
  [eraOf('2025-08-16 to 18, nested, with steps by their short name'), 2],
  [today, 1],
  // A COPY.
  [
    eraOf('2025-08-12, the last pushed from the left, with sides and a scheduler that never ran'),
    1,
  ],
  [eraOf('2025-08-16, camelCase with a reference'), 1],
  [eraOf('2025-08-16, later, flat, without type and config'), 1],
  [eraOf('2025-09, as the worker described it in its first lines'), 1],
]
const fifty = shares.flatMap(([payload, count]) => Array.from({ length: count }, () => payload))

function payloadFor(id: string): object {
  const place = createHash('sha256').update(`${id} era`).digest().readUInt32BE() % fifty.length
  const payload = fifty[place]
  if (!payload) throw new Error(`there is no payload ${place}`)
  return payload
}

/** Today's txt2img: `queue-job` leaves steps and guidance to the worker. */
function withoutReference(): object {
  const { num_images, resolution, seed } = today.config
  const { contentType, aspect_ratio, skip_enhancement, originalSeed } = today.metadata
  return {
    ...today,
    config: { pipeline: 'txt2img', num_images, resolution, seed },
    metadata: { contentType, aspect_ratio, skip_enhancement, originalSeed },
  }
}

function eraOf(since: string): object {
  const era = eras.find((each) => each.since === since)
  if (!era) throw new Error(`there is no era ${since}`)
  return era.payload
}
