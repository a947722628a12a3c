/** What a run tells: the pictures and everything that decided them, for people or for programs. */
import type { Mode, RanEnhancement } from '#contract'
import type { PictureFormat } from '#platform/image/picture-format.ts'
import type { EffectiveParameters } from './parameters.ts'

export interface Picture {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly seed: number
  readonly format: PictureFormat
  /** Of the file's bytes, in hexadecimal. */
  readonly sha256: string
}

export interface RunReport {
  readonly pictures: readonly Picture[]
  readonly mode: Mode
  /** As it was drawn from. */
  readonly prompt: string
  /** As it was typed, without what the style or a model adds. */
  readonly originalPrompt: string
  /** Where a model was asked. */
  readonly enhancement?: RanEnhancement
  readonly effective: EffectiveParameters
  readonly checkpoint: string
  readonly device: string
  readonly deviceNote?: string
  /** Milliseconds, over all pictures. */
  readonly timings: {
    readonly readPhoto: number
    readonly load: number
    readonly prompt: number
    readonly encode: number
    readonly denoise: number
    readonly decode: number
    readonly encodeFiles: number
    readonly total: number
  }
}

/** One object on one line. */
export function asJson(report: RunReport): string {
  return JSON.stringify(report)
}

/** A line a picture. */
export function asText({ pictures, mode, effective, timings }: RunReport): string {
  const { steps, denoiseStrength, evaluations } = effective
  const work = `${steps} steps × ${denoiseStrength} = ${plural(evaluations, 'evaluation')}`
  const seconds = (timings.total / 1000).toFixed(1)
  const took = pictures.length > 1 ? `${seconds} s in all` : `${seconds} s`
  return pictures
    .map(({ path, width, height, seed }) => [
      path,
      `${width} × ${height}`,
      mode,
      work,
      guidanceOf(effective),
      `seed ${seed}`,
      took,
    ])
    .map((parts) => parts.join(', '))
    .join('\n')
}

function guidanceOf({ guidanceScale, networkRuns, evaluations }: EffectiveParameters): string {
  const guided = networkRuns - evaluations
  const isPart = guided > 0 && guided < evaluations
  return `guidance ${guidanceScale}${isPart ? ` on ${guided} of them` : ''}`
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
