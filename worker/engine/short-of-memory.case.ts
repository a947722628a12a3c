/** A process of its own that decodes a picture in too little memory, and sends home what became of it. */
import { execFileSync, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LatentArea, VaeUse } from '#pipeline/networks.ts'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { openVae } from './device-vae.ts'
import { networkOpener } from './network-opener.ts'
import { tinyVae } from './tiny-vae.case.ts'

interface Task {
  readonly checkpoint: string
  readonly latents: Float32Array
  readonly area: LatentArea
  readonly tileSide: number
  /** Bytes that the process may have beside what it has once its sessions are open. */
  readonly more: number
}

interface Outcome {
  readonly image: Float32Array
  readonly use: VaeUse
}

/** Rejects where the process ends without an answer. */
export function decodeShortOfMemory(task: Task): Promise<Outcome> {
  const child = fork(fileURLToPath(import.meta.url), {
    serialization: 'advanced',
    execArgv: [...typescriptLoader()],
    // ONNX Runtime says there what the process gets over.
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('message', (outcome: Outcome) => resolve(outcome))
    child.once('exit', (code, signal) => reject(new Error(`ended with ${signal ?? code}`)))
    child.send(task)
  })
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', async (task: Task) => {
    const { area, tileSide, more } = task
    await using opener = networkOpener({ device: 'cpu', threads: 1 }, [])
    const vae = await openVae(opener, await tinyVae(task.checkpoint), {
      precision: 'float32',
      tiling: { side: tileSide, always: false },
    })
    await vae.prepare()
    const status = readFileSync('/proc/self/status', 'utf8')
    const now = Number(/VmSize:\s+(\d+) kB/.exec(status)?.[1]) * 1024
    execFileSync('prlimit', ['--pid', String(process.pid), `--as=${now + more}`])
    const image = await vae.decodeLatents(task.latents, area)
    const outcome: Outcome = { image, use: vae.use(area) }
    process.send?.(outcome, () => process.disconnect())
  })
}
