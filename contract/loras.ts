/** The LoRAs that a job may ask for: ids of the operator's catalogue, never files, and how strongly each. */
import { z } from 'zod'
import { Failure } from './failure.ts'

/** Beyond it either way, every picture is noise. */
export const MOST_LORA_STRENGTH = 2
/** Each is a branch in hundreds of layers, and slows every evaluation. */
export const MOST_LORAS = 8

const strengthRule = `must be a number from -${MOST_LORA_STRENGTH} to ${MOST_LORA_STRENGTH}`
const listRule = `must be a list of at most ${MOST_LORAS}, each {"id": "…", "strength": 1}`

/** What a LoRA is called in a catalogue and in jobs. */
export const loraId = z
  .string('must be a text')
  .regex(
    /^[a-z0-9._-]{1,64}$/,
    'must be 1 to 64 of the lower-case letters, digits and the signs . _ -',
  )

export const loraStrength = z
  .number(strengthRule)
  .min(-MOST_LORA_STRENGTH, strengthRule)
  .max(MOST_LORA_STRENGTH, strengthRule)

/** In a job, as JSON. */
export const jobLoras = z
  .array(
    z.strictObject({ id: loraId, strength: loraStrength.optional() }, 'must be {"id": "…"}'),
    listRule,
  )
  .max(MOST_LORAS, listRule)
  .refine((loras) => new Set(loras.map(({ id }) => id)).size === loras.length, {
    message: 'must name each LoRA once',
  })

export interface JobLora {
  readonly id: string
  /** Factor of all it adds, in place of what the catalogue says: 1 is as it was trained, below 0 the opposite. */
  readonly strength?: number | undefined
}

/** `asked` is a job's `loras`; absent is none. Throws `request-invalid` naming every problem. */
export function readLoras(asked: unknown): readonly JobLora[] {
  if (asked === undefined || asked === null) return []
  const result = jobLoras.safeParse(asked)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const place = ['loras', ...issue.path].join('.')
    return issue.code === 'unrecognized_keys'
      ? `${place} has no such setting: ${issue.keys.join(', ')}`
      : `${place} ${issue.message}`
  })
  throw new Failure('request-invalid', `${problems.join('; ')}.`)
}
