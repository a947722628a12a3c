/** What bench `enhance` takes on its command line. */
import type { Given, Options } from '../given.ts'
import { deviceNamed } from '../measure/device.ts'
import type { EnhanceOptions } from './enhance.ts'
import { type SizeName, sizeNames } from './random-qwen.ts'

export const enhanceUsage: Options = {
  device: 'cpu|cuda (cpu)',
  size: `${sizeNames.join(',')} (tiny,0.5B on a CPU, 0.5B,7B on a GPU)`,
  tokens: 'N (64 on a GPU, else 16)',
  rounds: 'N (3)',
  runs: 'N (2)',
  python: 'COMMAND',
}

/** Throws `request-invalid` for what is none of these. */
export function readEnhance(given: Given): EnhanceOptions {
  const onCpu = deviceNamed(given.text('device') ?? 'cpu') === 'cpu'
  const usual: readonly SizeName[] = onCpu ? ['tiny', '0.5B'] : ['0.5B', '7B']
  return {
    device: onCpu ? 'cpu' : 'cuda',
    sizes: given.text('size') === undefined ? usual : given.among('size', sizeNames),
    tokens: given.count('tokens') ?? (onCpu ? 16 : 64),
    rounds: given.count('rounds') ?? 3,
    runs: given.count('runs') ?? 2,
    python: given.text('python'),
  }
}
