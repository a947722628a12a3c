/** Checks of what every picture needs: Node, ONNX Runtime, sharp. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '#contract'
import { bindingFolder } from '#worker/engine/cuda-provider.ts'
import { type Finding, ok, wrong } from './finding.ts'
import type { Machine } from './machine.ts'
import { pinnedProvider } from './pinned-provider.ts'
import { runtimeVersion } from './provider-facts.ts'
import { runTrial } from './trial.ts'

export async function checkNode({ root }: Machine): Promise<Finding> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const { engines } = z.object({ engines: z.object({ node: z.string() }) }).parse(manifest)
  return nodeFinding(process.versions.node, engines.node)
}

/** `range` is `>=` and a version, as package.json has it. */
export function nodeFinding(version: string, range: string): Finding {
  const least = range.replace('>=', '')
  if (compare(version, least) >= 0) return ok(version)
  return wrong(`${version} is older than ${least}`, `Install Node.js ${least} or newer.`)
}

function compare(a: string, b: string): number {
  const [ours, theirs] = [a.split('.').map(Number), b.split('.').map(Number)]
  const differing = [0, 1, 2].find((at) => (ours[at] ?? 0) !== (theirs[at] ?? 0)) ?? 0
  return (ours[differing] ?? 0) - (theirs[differing] ?? 0)
}

export async function checkRuntime(): Promise<Finding> {
  const version = await runtimeVersion()
  const machine = `${process.platform} ${process.arch}`
  if (!existsSync(bindingFolder())) {
    return wrong(`${version} has no binding for ${machine}`, 'Use Linux, on x64 or arm64.')
  }
  const { problem } = await runTrial({ device: 'cpu' })
  if (problem === undefined) return runtimeFinding(version, machine)
  const needsGlibc = existsSync('/etc/alpine-release')
  const mend = needsGlibc
    ? 'Use an image of Debian or Ubuntu: Alpine has another C library.'
    : 'npm ci'
  return wrong(`${version} does not run here: ${problem}`, mend)
}

export function runtimeFinding(version: string, machine: string): Finding {
  if (version === pinnedProvider.runtime) return ok(`${version}, runs on ${machine}`)
  return wrong(`${version} is installed, ${pinnedProvider.runtime} is what was measured`, 'npm ci')
}

export async function checkSharp(): Promise<Finding> {
  try {
    const { sharp } = await import('#platform/image/sharp.ts')
    return ok(`${sharp.versions.sharp}, with libvips ${sharp.versions.vips}`)
  } catch (error) {
    const [first = ''] = messageOf(error).split('\n')
    return wrong(first.trim(), 'npm ci --include=optional')
  }
}
