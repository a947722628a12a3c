/** The schedulers by name; apart from the modes, because presets name them too. */

export const schedulerNames = [
  'euler',
  'euler_ancestral',
  'dpmpp_2m',
  'dpmpp_2m_karras',
  'ddim',
  'lcm',
  'euler_trailing',
  'ddim_trailing',
  'lcm_trailing',
  'tcd',
] as const
export type SchedulerName = (typeof schedulerNames)[number]
