/** An enhancer by its settings, which tells the log what becomes of it and a person how far it is. */
import { resolve } from 'node:path'
import type { Log } from '#platform/log.ts'
import type { DeviceChoice } from '#worker/engine/messages.ts'
import { createProgressLine } from '../cli/progress-line.ts'
import { Enhancer } from './enhancer.ts'
import type { EnhancerConfig } from './variables.ts'

export interface EnhancerPlace {
  readonly device: DeviceChoice
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /** That it sees alone, as nvidia-smi numbers it. */
  readonly gpu: number | undefined
  readonly log: Log
}

/** Nothing is read or started yet. */
export function openEnhancer(
  { path = '', weights, fourBitFolder }: EnhancerConfig,
  { log, ...where }: EnhancerPlace,
): Enhancer {
  const line = createProgressLine(process.stderr)
  return new Enhancer({
    place: {
      ...{ path: resolve(path), weights, ...where },
      fourBitFolder: fourBitFolder === undefined ? undefined : resolve(fourBitFolder),
    },
    onRounded(share) {
      line.share('i2i: rounding Qwen 2.5 to four bits, once', share)
      if (share === 1) line.end()
    },
    onReady: ({ device, weights: form }) =>
      log.info('enhancer loaded', { device, reason: `weights: ${form}` }),
    onAway: (error) => log.error('enhancer away', { error, code: error.code }),
  })
}
