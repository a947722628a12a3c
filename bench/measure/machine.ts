/** The machine and the versions that numbers were taken with: without them they mean nothing. */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { z } from 'zod'
import { gpu } from './gpu.ts'

export function machine() {
  const card = gpu()
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    ...(card && { gpu: card }),
  }
}

export function versions() {
  return { node: process.versions.node, onnxruntime: packageVersion('onnxruntime-node') }
}

/** The commit that is checked out, marked where files differ from it. */
export function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' with changes' : '')
    )
  } catch {
    return 'unknown'
  }
}

/** Processes that wanted a core in the last minute: above the bench's own threads, others ran too. */
export const load = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100

export function packageVersion(name: string): string {
  const manifest: unknown = createRequire(import.meta.url)(`${name}/package.json`)
  return z.object({ version: z.string() }).parse(manifest).version
}
