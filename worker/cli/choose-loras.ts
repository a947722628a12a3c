/** Which LoRAs are added to the checkpoint, and how strongly, made of the text that was typed. */
import { resolve } from 'node:path'
import { Failure } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import { quoted } from './option-values.ts'
import type { GivenOptions } from './options.ts'

/** Beyond it either way, every picture is noise. */
const MOST = 2

/** `folder` is what paths are relative to. Throws `request-invalid` for a strength that is none from -2 to 2. */
export function chooseLoras({ lora }: GivenOptions, folder: string): AskedLora[] {
  if (lora === undefined) return []
  return lora.split(',').map((text) => {
    const [path, strength] = takeApart(text)
    if (path === '') throw refusal(`--lora needs a .safetensors file, not ${quoted(lora)}.`)
    return { path: resolve(folder, path), strength: strengthOf(strength, text) }
  })
}

/** A path may have colons of its own; one that ends as a LoRA does is whole. */
function takeApart(text: string): readonly [path: string, strength?: string] {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.endsWith('.safetensors')) return [text]
  return [text.slice(0, colon), text.slice(colon + 1)]
}

function strengthOf(text: string | undefined, typed: string): number {
  if (text === undefined) return 1
  const strength = text.trim() === '' ? Number.NaN : Number(text)
  if (Math.abs(strength) <= MOST) return strength
  throw refusal(
    `The strength in --lora ${quoted(typed)} must be a number from -${MOST} to ${MOST}.`,
  )
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
