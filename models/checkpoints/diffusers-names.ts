/** Where each tensor lies in a diffusers folder: under its own name, or under one of an older version's. */
import { bare, type Source } from './ldm-names.ts'

export function diffusersUnetSources(name: string): readonly Source[] {
  return [{ name, as: 'same' }]
}

/** VAE folders saved before diffusers 0.17 name the attention's layers otherwise. */
export function diffusersVaeSources(name: string): readonly Source[] {
  const old = name
    .replace('.to_q.', '.query.')
    .replace('.to_k.', '.key.')
    .replace('.to_v.', '.value.')
    .replace('.to_out.0.', '.proj_attn.')
  const names = old === name ? [name] : [name, old]
  return names.map((name) => ({ name, as: 'flat' }))
}

export function diffusersTextSources(name: string): readonly Source[] {
  return [
    {
      name: bare(name) === 'text_projection.weight' ? bare(name) : `text_model.${bare(name)}`,
      as: 'same',
    },
    { name: bare(name), as: 'same' },
  ]
}
