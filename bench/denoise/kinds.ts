/** The whole runs that are timed, as a caller would ask for them. */
import { fileURLToPath } from 'node:url'
import { type Asked, type Mode, plan } from '#contract'
import type { GenerationRequest } from '#pipeline/generate.ts'
import { fitImage } from '#platform/image/fit.ts'
import { readImageFile } from '#platform/image/read-file.ts'

export const kinds = ['modify', 'copy', 'turbo'] as const
export type Kind = (typeof kinds)[number]

export const PROMPT = 'a cat in the snow'
export const PHOTO = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))

interface Asking {
  readonly mode: Mode
  readonly asked: Asked
}

const asking: Readonly<Record<Kind, Asking>> = {
  modify: { mode: 'modify', asked: {} },
  copy: { mode: 'copy', asked: {} },
  /** What a checkpoint distilled to four steps is asked for. */
  turbo: {
    mode: 'modify',
    asked: { steps: 4, denoiseStrength: 1, guidanceScale: 1, scheduler: 'lcm' },
  },
}

/** A square picture of `side` pixels from the photograph; `first` makes it one evaluation long. */
export async function requestOf(
  kind: Kind,
  side: number,
  { first }: { readonly first: boolean } = { first: false },
): Promise<GenerationRequest> {
  const { mode, asked } = asking[kind]
  const short = first && kind !== 'copy' ? { steps: 1, denoiseStrength: 1 } : {}
  const size = { width: side, height: side }
  const reference = fitImage(await readImageFile(PHOTO), { ...size, mode: 'cover' })
  return { ...plan(mode, { prompt: PROMPT, ...asked, ...short }, 1), ...size, reference }
}
