/** Models as Replicate describes them, for its stand-in: the inputs of each, and how it is called. */

export interface StubModel {
  readonly version: string
  /** Called by owner and name, without a version. */
  readonly isOfficial: boolean
  readonly inputs: Readonly<Record<string, Property>>
  /** Named choices, which a property refers to as cog writes them. */
  readonly choices: Readonly<Record<string, readonly string[]>>
}

export interface Property {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  readonly minimum?: number
  readonly maximum?: number
  readonly allOf?: readonly { readonly $ref: string }[]
}

const text = { type: 'string' } as const
const within = (type: 'integer' | 'number', minimum: number, maximum: number) => ({
  type,
  minimum,
  maximum,
})
const choice = (name: string) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }] })

const samplers = ['DDIM', 'DPMSolverMultistep', 'HeunDiscrete', 'KarrasDPM', 'K_EULER_ANCESTRAL']
const sdxl: Pick<StubModel, 'inputs' | 'choices'> = {
  inputs: {
    prompt: text,
    negative_prompt: text,
    image: text,
    mask: text,
    width: { type: 'integer' },
    height: { type: 'integer' },
    num_outputs: within('integer', 1, 4),
    scheduler: choice('scheduler'),
    num_inference_steps: within('integer', 1, 500),
    guidance_scale: within('number', 1, 50),
    prompt_strength: within('number', 0, 1),
    seed: { type: 'integer' },
    refine: choice('refine'),
    disable_safety_checker: { type: 'boolean' },
  },
  choices: {
    scheduler: [...samplers, 'K_EULER', 'PNDM'],
    refine: ['no_refiner', 'expert_ensemble_refiner', 'base_image_refiner'],
  },
}

export const stubModels: Readonly<Record<string, StubModel>> = {
  'stability-ai/sdxl': {
    version: '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
    isOfficial: false,
    ...sdxl,
  },
  'lucataco/sdxl': {
    version: 'c86579ac5193bf45422f1c8b92742135aa859b1850a8e4c531bff222fc75273d',
    isOfficial: false,
    ...sdxl,
  },
  'lucataco/realistic-vision-v5.1': {
    version: '2c8e954decbf70b7607a4414e5785ef9e4de4b8c51d50fb8b8b349160e0ef6bb',
    isOfficial: false,
    inputs: {
      prompt: text,
      negative_prompt: text,
      steps: within('integer', 0, 100),
      guidance: { type: 'number' },
      scheduler: choice('scheduler'),
      width: within('integer', 0, 1920),
      height: within('integer', 0, 1920),
      seed: { type: 'integer' },
    },
    choices: { scheduler: ['EulerA', 'MultistepDPM-Solver'] },
  },
  'bytedance/seedream-4.5': {
    version: 'hidden',
    isOfficial: true,
    inputs: {
      prompt: text,
      image_input: { type: 'array' },
      size: choice('size'),
      aspect_ratio: choice('aspect_ratio'),
      width: within('integer', 1024, 4096),
      height: within('integer', 1024, 4096),
      sequential_image_generation: choice('sequential_image_generation'),
      max_images: within('integer', 1, 15),
      disable_safety_checker: { type: 'boolean' },
    },
    choices: {
      size: ['2K', '4K', 'custom'],
      aspect_ratio: ['match_input_image', '1:1', '4:3', '3:4', '16:9', '9:16'],
      sequential_image_generation: ['disabled', 'auto'],
    },
  },
  /** A finetune of which no table knows anything. */
  'somebody/finetune': {
    version: 'f1e2d3c4'.padEnd(64, '0'),
    isOfficial: false,
    inputs: {
      prompt: text,
      input_image: text,
      denoise: within('number', 0, 1),
      steps: within('integer', 1, 60),
      cfg_scale: within('number', 1, 12),
      sampler_name: choice('sampler_name'),
      num_images: within('integer', 1, 2),
      seed: { type: 'integer' },
    },
    choices: { sampler_name: ['Euler', 'Euler a', 'DPM++ 2M Karras'] },
  },
}

/** As `GET /models/{owner}/{name}/versions/{id}` answers. */
export function versionOf({ version, inputs, choices }: StubModel) {
  const named = Object.entries(choices).map(([name, values]) => [
    name,
    { type: 'string', enum: values },
  ])
  const Input = { type: 'object', title: 'Input', properties: inputs, required: ['prompt'] }
  return {
    id: version,
    created_at: '2026-01-01T00:00:00.000Z',
    cog_version: '0.9.0',
    openapi_schema: {
      openapi: '3.0.2',
      info: { title: 'Cog', version: '0.1.0' },
      components: { schemas: { Input, ...Object.fromEntries(named) } },
    },
  }
}

/** What Replicate says of an input that the model does not take; undefined where it does. */
export function problemOfInput(model: StubModel, input: object): string | undefined {
  for (const [name, value] of Object.entries(input)) {
    const property = model.inputs[name]
    if (!property) return `- input: Additional property ${name} is not allowed\n`
    const [reference] = property.allOf ?? []
    const allowed = reference && model.choices[reference.$ref.split('/').at(-1) ?? '']
    if (allowed && !allowed.includes(String(value)))
      return `- input.${name}: not one of the choices\n`
    if (typeof value !== 'number') continue
    const { type, minimum = value, maximum = value } = property
    if (type === 'integer' && !Number.isInteger(value)) return `- input.${name}: Invalid type\n`
    if (value < minimum || value > maximum) return `- input.${name}: out of range\n`
  }
  return undefined
}
