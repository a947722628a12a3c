/** The options of the command line, as the one table that reading them and helping with them share. */

export const options = {
  out: { type: 'string' },
  checkpoint: { type: 'string' },
  lora: { type: 'string', multiple: true },
  seed: { type: 'string' },
  images: { type: 'string' },
  steps: { type: 'string' },
  denoise: { type: 'string' },
  'reference-strength': { type: 'string' },
  guidance: { type: 'string' },
  'guidance-interval': { type: 'string' },
  scheduler: { type: 'string' },
  quality: { type: 'string' },
  distillation: { type: 'string' },
  negative: { type: 'string' },
  shot: { type: 'string' },
  angle: { type: 'string' },
  style: { type: 'string' },
  lighting: { type: 'string' },
  mood: { type: 'string' },
  syntax: { type: 'string' },
  windows: { type: 'string' },
  size: { type: 'string' },
  aspect: { type: 'string' },
  resize: { type: 'string' },
  device: { type: 'string' },
  threads: { type: 'string' },
  'as-written': { type: 'boolean' },
  edit: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export type OptionName = keyof typeof options

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(options, name)
}

/** What was typed, before anything is made of it. */
export type GivenOptions = Readonly<Partial<Record<OptionName, string>>>
