/** What an app draws with, read from the very input that is sent: planned, it may have been otherwise. */
import { evaluationsOf, type Sent } from '../sent.ts'
import type { FalApp } from './apps.ts'

export function sentTo({ name }: FalApp, input: Readonly<Record<string, unknown>>): Sent {
  const numberOf = (field: string): number | undefined => {
    const value = input[field]
    return typeof value === 'number' ? value : undefined
  }
  const steps = numberOf('num_inference_steps')
  const denoiseStrength = numberOf('strength')
  return {
    model: name,
    hasNegativePrompt: Boolean(input.negative_prompt),
    denoiseStrength,
    steps,
    evaluations: evaluationsOf(steps, denoiseStrength),
    guidanceScale: numberOf('guidance_scale'),
    images: numberOf('num_images'),
  }
}
