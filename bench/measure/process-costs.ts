/** What a process has cost the machine so far, as Linux counts it. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const memorySchema = z.object({
  /** The most that was resident at once, pages of mapped files included (VmHWM). */
  peakMb: z.number(),
  /** What nothing but swap could take back: not the pages of mapped files (RssAnon). */
  anonymousMb: z.number(),
  /** Pages of mapped files, which the kernel may drop and other processes share (RssFile). */
  fileMb: z.number(),
})
export type Memory = z.infer<typeof memorySchema>

/** Of this process, or of another that is ours. */
export function memory(pid: number | 'self' = 'self'): Memory {
  const status = fields(`/proc/${pid}/status`)
  const mb = (name: string) => Math.round((status.get(name) ?? Number.NaN) / 1024)
  return { peakMb: mb('VmHWM'), anonymousMb: mb('RssAnon'), fileMb: mb('RssFile') }
}

export const trafficSchema = z.object({
  /** Bytes that the process caused to be sent to a disk, through memory maps too. */
  toDisk: z.number(),
  /** Bytes given to write calls, of pipes and wake-ups too. */
  written: z.number(),
  /** Bytes that had to be fetched from a disk: none where the file cache is warm. */
  fromDisk: z.number(),
})
export type Traffic = z.infer<typeof trafficSchema>

/** Of this process, or of another that is ours. */
export function traffic(pid: number | 'self' = 'self'): Traffic {
  const io = fields(`/proc/${pid}/io`)
  const count = (name: string) => io.get(name) ?? Number.NaN
  return { toDisk: count('write_bytes'), written: count('wchar'), fromDisk: count('read_bytes') }
}

/** Lines of `name: number`. */
function fields(path: string): Map<string, number> {
  const lines = readFileSync(path, 'utf8').matchAll(/^(\w+):\s+(\d+)/gm)
  return new Map(Array.from(lines, ([, name = '', value]) => [name, Number(value)]))
}
