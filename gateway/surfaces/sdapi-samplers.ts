/** The web UI's samplers and schedules, as our schedulers, which are both in one. */
import type { SchedulerName } from '#contract'
import { refusalOfFields } from '../http/wrong-fields.ts'

export interface Sampler {
  readonly name: string
  readonly aliases: readonly string[]
  /** By schedule; `automatic` is the one that the web UI would take. */
  readonly schedules: Readonly<Record<string, SchedulerName>>
}

const euler = { automatic: 'euler', sgm_uniform: 'euler_trailing' } as const

export const samplers: readonly Sampler[] = [
  { name: 'Euler', aliases: ['k_euler'], schedules: euler },
  {
    name: 'Euler a',
    aliases: ['k_euler_a', 'k_euler_ancestral', 'Euler Ancestral'],
    schedules: { automatic: 'euler_ancestral' },
  },
  {
    name: 'DPM++ 2M',
    aliases: ['k_dpmpp_2m', 'k_dpmpp_2m_ka'],
    schedules: { automatic: 'dpmpp_2m_karras', karras: 'dpmpp_2m_karras', uniform: 'dpmpp_2m' },
  },
  {
    name: 'DDIM',
    aliases: ['ddim'],
    schedules: { automatic: 'ddim', sgm_uniform: 'ddim_trailing' },
  },
  { name: 'LCM', aliases: ['k_lcm'], schedules: { automatic: 'lcm', sgm_uniform: 'lcm_trailing' } },
  { name: 'TCD', aliases: ['tcd'], schedules: { automatic: 'tcd' } },
]

/** Names as the web UI's own list spells them. */
export const schedules = [
  { name: 'automatic', label: 'Automatic' },
  { name: 'uniform', label: 'Uniform' },
  { name: 'karras', label: 'Karras' },
  { name: 'sgm_uniform', label: 'SGM Uniform' },
] as const

export interface ReadSampler {
  readonly scheduler: SchedulerName | undefined
  /** What was asked and will not be done. */
  readonly ignored: readonly string[]
}

/**
 * A schedule may stand behind the sampler's name, as older clients write it. One that does not go with the sampler is
 * passed over and said. Throws `request-invalid` for a sampler that is not here.
 */
export function readSampler(
  name: string | null | undefined,
  schedule: string | null | undefined,
): ReadSampler {
  if (!name)
    return schedule ? readSampler('Euler', schedule) : { scheduler: undefined, ignored: [] }
  const { sampler, suffix } = find(name)
  const { automatic } = sampler.schedules
  const wanted = keyOf(schedule ?? '') || suffix || 'automatic'
  const own = Object.hasOwn(sampler.schedules, wanted) ? sampler.schedules[wanted] : undefined
  const found = own ?? (PLAIN.has(wanted) ? automatic : undefined)
  if (found) return { scheduler: found, ignored: [] }
  return { scheduler: automatic, ignored: [`scheduler ${JSON.stringify(wanted.slice(0, 40))}`] }
}

/** Schedules that are what a sampler has anyway. */
const PLAIN = new Set(['automatic', 'uniform', 'normal', 'simple'])

function find(name: string): { readonly sampler: Sampler; readonly suffix: string } {
  const wanted = name.trim().toLowerCase()
  for (const { label } of schedules) {
    const end = ` ${label.toLowerCase()}`
    const sampler = named(wanted.endsWith(end) ? wanted.slice(0, -end.length) : '')
    if (sampler) return { sampler, suffix: keyOf(label) }
  }
  const sampler = named(wanted)
  if (sampler) return { sampler, suffix: '' }
  const message = `must be one of ${samplers.map((each) => each.name).join(', ')}`
  throw refusalOfFields([{ field: 'sampler_name', message }])
}

const named = (wanted: string): Sampler | undefined =>
  samplers.find(({ name, aliases }) =>
    [name, ...aliases].some((each) => each.toLowerCase() === wanted),
  )

const keyOf = (label: string): string =>
  label
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')

/** What the web UI calls ours: the sampler's name alone. */
export const samplerNameOf = (scheduler: SchedulerName): string =>
  samplers.find(({ schedules: of }) => Object.values(of).includes(scheduler))?.name ?? scheduler
