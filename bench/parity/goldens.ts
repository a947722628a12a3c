/** Reads goldens: cases and their tensors, in the format of models/goldens/README.md. */
import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { Failure, promptSyntaxes, schedulerNames } from '#contract'
import { readSafetensors } from '#models/checkpoints/safetensors.ts'

const variants = [
  'tiny-folder',
  'tiny-sharded',
  'tiny-single',
  'tiny-single-f16',
  'tiny-single-bf16',
] as const

const shared = {
  name: z.string(),
  checkpoint: z.enum(variants).optional(),
  loras: z.array(z.object({ file: z.string(), strength: z.number() })).optional(),
}
const size = { width: z.int().positive(), height: z.int().positive() }

const caseSchema = z.discriminatedUnion('kind', [
  z.object({
    ...shared,
    kind: z.enum(['text_encoder', 'text_encoder_2']),
    ids: z.array(z.int()),
    mask: z.array(z.int()).optional(),
  }),
  z.object({
    ...shared,
    ...size,
    kind: z.literal('unet'),
    timestep: z.number(),
    time_ids: z.array(z.number()),
  }),
  z.object({ ...shared, ...size, kind: z.enum(['vae_encoder', 'vae_decoder']) }),
  z.object({
    ...shared,
    kind: z.literal('noise_schedule'),
    scheduler: z.enum(schedulerNames),
    steps: z.int(),
    timesteps: z.array(z.number()),
    sigmas: z.array(z.number()).optional(),
    init_noise_sigma: z.number(),
  }),
  z.object({
    ...shared,
    ...size,
    kind: z.literal('image'),
    mode: z.enum(['img2img', 'txt2img']),
    prompt: z.string(),
    negative_prompt: z.string().nullable(),
    prompt_syntax: z.enum(promptSyntaxes),
    steps: z.int(),
    denoise: z.number().optional(),
    guidance: z.number(),
    guidance_interval: z.tuple([z.number(), z.number()]).optional(),
    scheduler: z.enum(schedulerNames),
    seed: z.int(),
    num_images: z.int(),
    reference: z.string().optional(),
  }),
])

export type GoldenCase = z.infer<typeof caseSchema>
export type CaseOf<Kind extends GoldenCase['kind']> = Extract<GoldenCase, { kind: Kind }>

/** A tensor recorded beside the cases. */
export interface GoldenTensor {
  readonly shape: readonly number[]
  /** float32, or bytes for pictures. */
  readonly data: Float32Array | Uint8Array
}

export interface Goldens {
  readonly cases: readonly GoldenCase[]
  /** Throws where there is none of that name. */
  tensor(name: string): GoldenTensor
  has(name: string): boolean
}

export async function readGoldens(path: string): Promise<Goldens> {
  const { tensors: file, cases } = await readCases(path)
  const tensors = await readTensors(join(dirname(path), file))
  return {
    cases,
    has: (name) => tensors.has(name),
    tensor(name) {
      const tensor = tensors.get(name)
      if (!tensor) throw new Error(`${file} has no tensor ${name}: record the cases anew`)
      return tensor
    },
  }
}

const goldensSchema = z.object({
  format: z.literal(1),
  tensors: z.string(),
  cases: z.array(caseSchema),
})

async function readCases(path: string): Promise<z.infer<typeof goldensSchema>> {
  const mend = 'record it with models/goldens/make.py (the format is in models/goldens/README.md)'
  const refusal = (what: string) => new Failure('request-invalid', `${path} ${what}: ${mend}.`)
  const text = await readFile(path, 'utf8').catch(() => {
    throw refusal('cannot be read')
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw refusal('is not JSON')
  }
  const result = goldensSchema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw refusal(`has ${issue?.path.join('.')} that is not as it must be (${issue?.message})`)
}

/** All tensors of a safetensors file, by name. */
export async function readTensors(path: string): Promise<Map<string, GoldenTensor>> {
  const { tensors } = await readSafetensors(path)
  const read = new Map<string, GoldenTensor>()
  await using file = await open(path)
  for (const [name, { type, shape, bytes }] of tensors) {
    const buffer = new Uint8Array(bytes.length)
    await file.read(buffer, 0, bytes.length, bytes.offset)
    const data = type === 'F32' ? new Float32Array(buffer.buffer) : buffer
    read.set(name, { shape, data })
  }
  return read
}
