/** Node with as much memory as a process is given, and no more. */
import { existsSync } from 'node:fs'
import { typescriptLoader } from '../typescript-loader.ts'

export interface MemoryBounds {
  /** Bytes that it may write to; other systems than Linux bound the heap alone. */
  readonly data: number
  /** Mebibytes of JavaScript's heap; pixels are outside of it. */
  readonly heap: number
}

export interface Runner {
  readonly execPath: string
  readonly execArgv: string[]
}

/**
 * What to start, for our sources. prlimit bounds RLIMIT_DATA, what a process may write to, before the first byte is read;
 * RLIMIT_AS would count the 32 GB of addresses that V8 reserves and never uses.
 */
export function nodeWithin(bounds: MemoryBounds | undefined): Runner {
  const { execPath } = process
  if (!bounds) return { execPath, execArgv: [...typescriptLoader()] }
  const node = [`--max-old-space-size=${bounds.heap}`, ...typescriptLoader()]
  const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path))
  if (!prlimit) return { execPath, execArgv: node }
  const limits = [`--data=${bounds.data}`, '--core=0', '--nofile=256']
  return { execPath: prlimit, execArgv: [...limits, execPath, ...node] }
}
