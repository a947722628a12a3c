/** The GPU's memory while something runs, sampled five times a second by the driver's own tool. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Megabytes in use by all processes; null where nothing can say. */
export interface MemoryUse {
  readonly before: number | null
  readonly peak: number | null
  readonly after: number | null
}

export interface Stretch {
  /** So far. */
  use(): MemoryUse
  end(): MemoryUse
}

export interface MemoryWatch extends Disposable {
  /** Begins to look at a stretch of time. */
  stretch(): Stretch
}

const EVERY_MS = 200
/** A driver that nobody uses may take a second or two to wake. */
const PATIENCE_MS = 5000

/** Resolves with the first sample, or where there will be none. */
export async function watchGpuMemory(): Promise<MemoryWatch> {
  let latest: number | null = null
  const stretches = new Set<(used: number) => void>()
  const options = ['--id=0', '--query-gpu=memory.used', '--format=csv,noheader,nounits']
  const tool = spawn('nvidia-smi', [...options, `--loop-ms=${EVERY_MS}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, PATIENCE_MS)
    const go = () => {
      clearTimeout(patience)
      resolve()
    }
    tool.once('error', go)
    tool.once('close', go)
    createInterface({ input: tool.stdout }).on('line', (line) => {
      const used = Number.parseInt(line, 10)
      if (Number.isNaN(used)) return
      latest = used
      for (const see of stretches) see(used)
      go()
    })
  })
  return {
    stretch() {
      const before = latest
      let peak = latest
      const see = (used: number) => {
        peak = Math.max(peak ?? 0, used)
      }
      stretches.add(see)
      const use = () => ({ before, peak, after: latest })
      return {
        use,
        end() {
          stretches.delete(see)
          return use()
        },
      }
    },
    [Symbol.dispose]: () => void tool.kill(),
  }
}
