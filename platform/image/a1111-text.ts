/**
 * The parameters of a picture as AUTOMATIC1111's web UI writes them, because every viewer and
 * sharing site reads that text: prompt, negative prompt, then one line of `Name: value` pairs.
 */

/**
 * Writes what it knows of `parameters` and leaves the rest out. Known are `prompt`,
 * `negativePrompt`, `steps`, `scheduler`, `guidanceScale`, `seed`, `width` with `height`,
 * `strength` and `model`.
 */
export function a1111Text(parameters: Readonly<Record<string, unknown>>): string {
  const { prompt, negativePrompt, width, height, scheduler } = parameters
  const size = width === undefined || height === undefined ? undefined : `${width}x${height}`
  const pairs: readonly (readonly [string, unknown])[] = [
    ['Steps', parameters.steps],
    ['Sampler', samplers[String(scheduler)] ?? scheduler],
    ['CFG scale', parameters.guidanceScale],
    ['Seed', parameters.seed],
    ['Size', size],
    ['Model', parameters.model],
    ['Denoising strength', parameters.strength],
  ]
  const settings = pairs
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${quoted(String(value))}`)
  const lines = [String(prompt ?? '')]
  if (negativePrompt) lines.push(`Negative prompt: ${negativePrompt}`)
  if (settings.length > 0) lines.push(settings.join(', '))
  return lines.join('\n')
}

/** Our names of schedulers to those of the web UI's samplers. */
const samplers: Readonly<Record<string, string>> = {
  // The web UI knows the distilled ones' spacing by the name of a schedule of its own.
  euler: 'Euler',
  euler_trailing: 'Euler SGM Uniform',
  euler_ancestral: 'Euler a',
  dpmpp_2m: 'DPM++ 2M',
  dpmpp_2m_karras: 'DPM++ 2M Karras',
  ddim: 'DDIM',
  ddim_trailing: 'DDIM SGM Uniform',
  lcm: 'LCM',
  lcm_trailing: 'LCM SGM Uniform',
  tcd: 'TCD',
}

/** A value that would break the line apart is written as a JSON string, as the web UI does. */
function quoted(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value
}
