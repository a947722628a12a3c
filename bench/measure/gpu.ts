/** The GPU of this machine, as its driver's own tool tells of it. */
import { execFileSync } from 'node:child_process'

export interface Gpu {
  /** As the driver calls it: `NVIDIA H100 80GB HBM3`. */
  readonly name: string
  readonly driver: string
  readonly memoryMb: number
}

/** The first one; undefined where there is none. */
export function gpu(): Gpu | undefined {
  const [name, driver, memory] = ask('name,driver_version,memory.total')
  return name && driver ? { name, driver, memoryMb: Number(memory) } : undefined
}

/** Megabytes of it that all processes use now; undefined where there is none. */
export function gpuMemoryMb(): number | undefined {
  const [used] = ask('memory.used')
  return used === undefined ? undefined : Number(used)
}

function ask(fields: string): string[] {
  try {
    const options = [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    const answer = execFileSync('nvidia-smi', options, { encoding: 'utf8', stdio: [...stdio] })
    return (answer.split('\n')[0] ?? '').split(', ')
  } catch {
    return []
  }
}
