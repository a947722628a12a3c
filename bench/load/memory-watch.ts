/** Whether the memory of those under load grows: looked up on their own pages of metrics, every few seconds. */
import { median } from '../measure/statistics.ts'

export interface MemoryGrowth {
  readonly page: string
  readonly process: string
  /** The last quarter’s median over the second’s: the first is the warm-up’s. */
  readonly ratio: number
  readonly megabytes: number
}

const LOOK_EVERY_MS = 5_000
/** Looks below which nothing is said. */
const LEAST = 12

export function createMemoryWatch(pages: readonly string[]): {
  readonly end: () => Promise<readonly MemoryGrowth[]>
} {
  const seen = new Map<string, number[]>()
  const look = async () => {
    for (const page of pages) {
      const text = await fetch(page)
        .then((response) => response.text())
        .catch(() => '')
      for (const { process, bytes } of residentIn(text)) {
        const key = `${page} ${process}`
        seen.set(key, [...(seen.get(key) ?? []), bytes])
      }
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  return {
    async end() {
      clearInterval(timer)
      return [...seen].flatMap(([key, bytes]) => {
        const [page = '', process = ''] = key.split(' ')
        return bytes.length < LEAST ? [] : [{ page, process, ...growthOf(bytes) }]
      })
    },
  }
}

export function growthOf(bytes: readonly number[]): Pick<MemoryGrowth, 'ratio' | 'megabytes'> {
  const quarter = Math.floor(bytes.length / 4)
  const last = median(bytes.slice(-quarter))
  return { ratio: last / median(bytes.slice(quarter, 2 * quarter)), megabytes: last / 1e6 }
}

/** A worker's engines and the worker itself; of any other process, prom-client's own. */
function residentIn(text: string): { readonly process: string; readonly bytes: number }[] {
  const own = [...text.matchAll(/^i2i_resident_bytes\{process="(\w+)"[^}]*\} (\S+)$/gm)]
  const other = /^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]
  const found = own.map(([, process = '', bytes]) => ({ process, bytes: Number(bytes) }))
  return other === undefined ? found : [...found, { process: 'process', bytes: Number(other) }]
}
