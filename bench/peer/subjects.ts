/** What ours and the peer both evaluate, and the inputs that both are given. */
import { writeSafetensors } from '#models/checkpoints/write-safetensors.ts'
import { createGenerator } from '#pipeline/random.ts'
import type { NetworkName } from '#worker/engine/precision.ts'

export const subjectNames = ['unet', 'vae-encoder', 'vae-decoder'] as const
export type SubjectName = (typeof subjectNames)[number]

/** As the engine calls them. */
export const networkOf = {
  unet: 'unet',
  'vae-encoder': 'vaeEncoder',
  'vae-decoder': 'vaeDecoder',
} as const satisfies Record<SubjectName, NetworkName>

/** Pixels on each side, in bench `peer`. */
export const SIDE = 512
export const TOKENS = 77
/** Of 1,000 timesteps, one from the middle of the schedule. */
const TIMESTEP = 601
interface Input {
  readonly name: string
  readonly shape: readonly number[]
}

const inputs: Readonly<Record<SubjectName, (side: number) => readonly Input[]>> = {
  unet: (side) => [
    { name: 'sample', shape: [1, 4, side / 8, side / 8] },
    { name: 'context', shape: [1, TOKENS, 2048] },
    { name: 'pooled', shape: [1, 1280] },
  ],
  'vae-encoder': (side) => [{ name: 'image', shape: [1, 3, side, side] }],
  'vae-decoder': (side) => [{ name: 'latents', shape: [1, 4, side / 8, side / 8] }],
}

/** Normal numbers from a fixed seed, pictures cut to [-1, 1], as a safetensors file; `side` in pixels. */
export async function writeInputs(subject: SubjectName, path: string, side: number): Promise<void> {
  const generator = createGenerator(512)
  const drawn = inputs[subject](side).map(({ name, shape }) => {
    const normal = generator.normal(shape.reduce((product, side) => product * side, 1))
    const values = name === 'image' ? normal.map((x) => Math.max(-1, Math.min(1, x))) : normal
    return { name, shape, type: 'F32' as const, data: new Uint8Array(values.buffer) }
  })
  const constants = [
    { name: 'timestep', shape: [1], data: Float32Array.of(TIMESTEP) },
    // Original size, crop, target size.
    { name: 'time_ids', shape: [1, 6], data: Float32Array.of(side, side, 0, 0, side, side) },
  ].map((constant) => ({
    ...constant,
    type: 'F32' as const,
    data: new Uint8Array(constant.data.buffer),
  }))
  await writeSafetensors(path, subject === 'unet' ? [...drawn, ...constants] : drawn)
}
