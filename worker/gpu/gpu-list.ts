/** What nvidia-smi says of the GPUs here, from its CSV: one line a GPU, or a complaint in their place. */

export interface Gpu {
  readonly name: string
  readonly driver: string
  /** Bytes; undefined where nvidia-smi does not tell, as for slices (MIG) and for memory shared with the CPU. */
  readonly memory: number | undefined
  readonly freeMemory: number | undefined
  /** Such as 8.9; undefined where nvidia-smi is too old to know. */
  readonly computeCapability: string | undefined
  /** Whether it is cut into slices (MIG), of which a process sees one. */
  readonly isSliced: boolean
}

/** What is asked for: the first three by every nvidia-smi, the last two since drivers of 2020 and 2022. */
export const queries = [
  'name,driver_version,memory.total,memory.free,mig.mode.current,compute_cap',
  'name,driver_version,memory.total,memory.free',
] as const

const MEBIBYTE = 2 ** 20

/** Of `--query-gpu` with one of `queries` and `--format=csv,noheader,nounits`; empty where no line is one of a GPU. */
export function parseGpus(csv: string): Gpu[] {
  return csv.split('\n').flatMap((line) => {
    const [name = '', driver = '', memory, freeMemory, mig, capability] = line.split(/,\s*/)
    if (!/^\d+(\.\d+)+$/.test(driver.trim())) return []
    return {
      name: name.trim(),
      driver: driver.trim(),
      memory: bytesOf(memory),
      freeMemory: bytesOf(freeMemory),
      computeCapability: /^\d+\.\d+$/.exec(capability?.trim() ?? '')?.[0],
      isSliced: mig?.trim() === 'Enabled',
    }
  })
}

/** Undefined for `[N/A]`, `[Not Supported]` and `[Insufficient Permissions]`. */
function bytesOf(text: string | undefined): number | undefined {
  const mebibytes = /^(\d+)(?: MiB)?$/.exec(text?.trim() ?? '')?.[1]
  return mebibytes === undefined ? undefined : Number(mebibytes) * MEBIBYTE
}
