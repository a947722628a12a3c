/** What ours and the peer both evaluate, at 512×512, and the inputs that both are given. */
import { writeSafetensors } from '#models/checkpoints/write-safetensors.ts'
import { createGenerator } from '#pipeline/random.ts'

export const subjectNames = ['unet', 'vae-encoder', 'vae-decoder'] as const
export type SubjectName = (typeof subjectNames)[number]

/** Pixels on each side. */
export const SIDE = 512
/** Latents on each side. */
export const LATENT_SIDE = SIDE / 8
export const TOKENS = 77
/** Of 1,000 timesteps, one from the middle of the schedule. */
export const TIMESTEP = 601
/** Original size, crop, target size. */
export const TIME_IDS = [SIDE, SIDE, 0, 0, SIDE, SIDE] as const

interface Input {
  readonly name: string
  readonly shape: readonly number[]
}

const inputs: Readonly<Record<SubjectName, readonly Input[]>> = {
  unet: [
    { name: 'sample', shape: [1, 4, LATENT_SIDE, LATENT_SIDE] },
    { name: 'context', shape: [1, TOKENS, 2048] },
    { name: 'pooled', shape: [1, 1280] },
  ],
  'vae-encoder': [{ name: 'image', shape: [1, 3, SIDE, SIDE] }],
  'vae-decoder': [{ name: 'latents', shape: [1, 4, LATENT_SIDE, LATENT_SIDE] }],
}

/** Normal numbers from a fixed seed, pictures cut to [-1, 1], as a safetensors file. */
export async function writeInputs(subject: SubjectName, path: string): Promise<void> {
  const generator = createGenerator(512)
  const drawn = inputs[subject].map(({ name, shape }) => {
    const normal = generator.normal(shape.reduce((product, side) => product * side, 1))
    const values = name === 'image' ? normal.map((x) => Math.max(-1, Math.min(1, x))) : normal
    return { name, shape, type: 'F32' as const, data: new Uint8Array(values.buffer) }
  })
  const constants = [
    { name: 'timestep', shape: [1], data: Float32Array.of(TIMESTEP) },
    { name: 'time_ids', shape: [1, 6], data: Float32Array.from(TIME_IDS) },
  ].map((constant) => ({
    ...constant,
    type: 'F32' as const,
    data: new Uint8Array(constant.data.buffer),
  }))
  await writeSafetensors(path, subject === 'unet' ? [...drawn, ...constants] : drawn)
}
