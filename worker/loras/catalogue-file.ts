/** The operator's list of LoRAs as it stands in a file, with every problem that can be seen in it. */
import { z } from 'zod'
import { distillations, loraId, loraStrength, messageOf } from '#contract'

/** More are not few. */
const MOST_DISTILLED_STEPS = 32

const text = z.string('must be a text').min(1, 'must not be empty')
const stepsRule = `must be a whole number from 1 to ${MOST_DISTILLED_STEPS}`

const entry = z
  .strictObject(
    {
      id: loraId,
      /** Relative to the catalogue's folder. */
      file: text,
      /** Where a job names none. */
      strength: loraStrength.default(1),
      /** For people. */
      name: text.optional(),
      /** Words that a prompt must have for it to show. */
      trigger: text.optional(),
      distillation: z.enum(distillations, `must be one of ${distillations.join(', ')}`).optional(),
      /** That it was distilled to, in place of those that are usual for its distillation. */
      steps: z
        .number(stepsRule)
        .int(stepsRule)
        .min(1, stepsRule)
        .max(MOST_DISTILLED_STEPS, stepsRule)
        .optional(),
    },
    'must be {"id": "…", "file": "…"}',
  )
  .refine(({ steps, distillation }) => steps === undefined || distillation !== undefined, {
    path: ['steps'],
    message: 'needs a distillation beside it',
  })

const catalogue = z.strictObject(
  { loras: z.array(z.unknown(), 'must be a list') },
  'must be {"loras": […]}',
)

export type WrittenEntry = z.infer<typeof entry>

export interface WrittenCatalogue {
  /** Those that nothing is wrong with. */
  readonly entries: readonly WrittenEntry[]
  /** Each names its entry, where it is one's. */
  readonly problems: readonly string[]
}

/** `written` is JSON: `{"loras": [{"id": "sea", "file": "sea.safetensors"}]}`. Never throws. */
export function parseCatalogue(written: string): WrittenCatalogue {
  let json: unknown
  try {
    json = JSON.parse(written)
  } catch (error) {
    return { entries: [], problems: [`is not JSON (${messageOf(error)})`] }
  }
  const whole = catalogue.safeParse(json)
  if (!whole.success) return { entries: [], problems: whole.error.issues.map(problemOf) }
  const { loras } = whole.data
  const results = loras.map((lora) => entry.safeParse(lora))
  const own = results.flatMap(({ error }, i) =>
    (error?.issues ?? []).map((issue) => `${placeOf(idOf(loras[i]), i)}: ${problemOf(issue)}`),
  )
  return {
    entries: results.flatMap(({ data }) => data ?? []),
    problems: [...own, ...repetitions(loras.map(idOf))],
  }
}

/** How a problem names an entry: by its place in the list from 1, and by its id if that is a text. */
const placeOf = (id: string | undefined, index: number): string =>
  id === undefined ? `entry ${index + 1}` : `entry ${index + 1} (${id})`

function idOf(lora: unknown): string | undefined {
  const { data } = z.object({ id: z.string() }).safeParse(lora)
  return data?.id.slice(0, 64)
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `there is no key ${issue.keys.join(', ')}`
  return [...issue.path, issue.message].join(' ')
}

function repetitions(ids: readonly (string | undefined)[]): string[] {
  return ids.flatMap((id, i) => {
    const first = ids.indexOf(id)
    if (id === undefined || first === i) return []
    return [`${placeOf(id, i)}: has the id of entry ${first + 1}`]
  })
}
