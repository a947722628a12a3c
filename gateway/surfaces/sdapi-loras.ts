/** LoRAs as the web UI writes them in a prompt: `<lora:NAME:0.8>`. */
import type { JobRequest } from '../requests/job-request.ts'

export interface WithLoras {
  /** Without them. */
  readonly prompt: string
  /** Undefined for none. */
  readonly loras: JobRequest['loras']
}

const MARK = /<lora:([^:<>]{1,128})(?::(-?\d*\.?\d+))?(?::[^<>]{0,40})?>/g

/** Names are ids of the operator's catalogue, which are in lower case. */
export function takeLoras(prompt: string): WithLoras {
  const loras = [...prompt.matchAll(MARK)].map(([, name = '', strength]) => ({
    id: name.trim().toLowerCase(),
    ...(strength !== undefined && { strength: Number(strength) }),
  }))
  if (loras.length === 0) return { prompt, loras: undefined }
  return { prompt: prompt.replaceAll(MARK, '').trim(), loras }
}
