/** The model that is asked: what the table knows of it, what it says of itself, and how it is called. */
import { z } from 'zod'
import { Failure } from '#contract'
import { cardBySchema, type InputSchema, readInputSchema } from './input-schema.ts'
import { type ModelCard, modelCards, type StrengthDirection, unknownCard } from './model-cards.ts'
import { type ModelName, readModelName } from './model-name.ts'
import type { ReplicateApi } from './replicate-api.ts'

export interface Model {
  /** For sentences. */
  readonly name: string
  readonly card: ModelCard
  /** Undefined while it was not asked for, or where there is none to ask for. */
  readonly schema?: InputSchema | undefined
  /** Where predictions are made, and of which version; undefined for a deployment, which has its own. */
  readonly path: string
  readonly version?: string | undefined
}

export interface ModelSource {
  /** As far as it is known without asking. */
  readonly known: () => Model
  /** Asked for once. Throws as `ReplicateApi.get`. */
  readonly model: () => Promise<Model>
  /** Asks again the next time: the version may be gone. */
  readonly forget: () => void
}

export interface ModelOptions {
  readonly api: ReplicateApi
  /** `REPLICATE_MODEL`. */
  readonly name: string
  /** Of a model that the table does not know. */
  readonly strength?: StrengthDirection | undefined
}

/** Throws `configuration-invalid` for a name that is none. */
export function createModelSource({ api, name, strength }: ModelOptions): ModelSource {
  const parsed = readModelName(name)
  const byTable = provisional(parsed, strength)
  let known = byTable
  let asked: Promise<Model> | undefined
  return {
    known: () => known,
    model() {
      asked ??= described({ api, name: parsed, strength }).then(
        (model) => (known = model),
        (error: unknown) => {
          asked = undefined
          throw error
        },
      )
      return asked
    },
    forget() {
      asked = undefined
    },
  }
}

function provisional(name: ModelName, strength: StrengthDirection | undefined): Model {
  const { kind, key } = name
  if (kind === 'deployment') {
    return { name: key, card: cardOf(key, { strength }), path: `deployments/${key}/predictions` }
  }
  const version = kind === 'version' ? name.version : key
  const card = cardOf(key, { version, strength })
  return { name: key ?? 'the model', card, path: 'predictions', version }
}

interface CardOptions {
  readonly version?: string
  readonly schema?: InputSchema | undefined
  readonly strength: StrengthDirection | undefined
}

function cardOf(key: string | undefined, { version, schema, strength }: CardOptions): ModelCard {
  const listed =
    modelCards[key ?? ''] ??
    Object.values(modelCards).find(({ versions }) => version && versions.includes(version))
  if (listed) return listed
  return { ...(schema ? cardBySchema(schema) : unknownCard), strength }
}

const versionAnswer = z.object({ id: z.string(), openapi_schema: z.unknown() })
const modelAnswer = z.object({
  is_official: z.boolean().optional(),
  latest_version: versionAnswer.nullish(),
})
const deploymentAnswer = z.object({
  current_release: z.object({ model: z.string(), version: z.string() }),
})

interface Question extends Omit<ModelOptions, 'name'> {
  readonly name: ModelName
}

async function described({ api, name, strength }: Question): Promise<Model> {
  if (name.kind === 'model') {
    const { is_official: isOfficial, latest_version: latest } = await read(
      `models/${name.key}`,
      modelAnswer,
    )
    const schema = readInputSchema(latest?.openapi_schema)
    const card = cardOf(name.key, { schema, strength })
    // Official models are called by name alone; all others have to be called by a version.
    const version = isOfficial || !latest ? name.key : latest.id
    return { name: name.key, card, schema, path: 'predictions', version }
  }
  if (name.kind === 'version') {
    const { key, version } = name
    if (key === undefined) return provisional(name, strength)
    const schema = await schemaOf(key, version)
    const card = cardOf(key, { version, schema, strength })
    return { name: key, card, schema, path: 'predictions', version }
  }
  const { current_release: release } = await read(`deployments/${name.key}`, deploymentAnswer)
  const schema = await schemaOf(release.model, release.version)
  const card = cardOf(release.model, { version: release.version, schema, strength })
  return { name: release.model, card, schema, path: `deployments/${name.key}/predictions` }

  async function schemaOf(key: string, version: string) {
    const answer = await read(`models/${key}/versions/${version}`, versionAnswer)
    return readInputSchema(answer.openapi_schema)
  }

  async function read<T>(path: string, shape: z.ZodType<T>): Promise<T> {
    const answer = await api.get(path)
    if (answer.status === 404) {
      const message = `Replicate has no ${path}, or does not show it to us. Check REPLICATE_MODEL.`
      throw new Failure('provider-failed', message)
    }
    const shaped = shape.safeParse(answer.json)
    if (shaped.success) return shaped.data
    throw new Failure('provider-unavailable', `Replicate does not describe ${path} as it should.`)
  }
}
