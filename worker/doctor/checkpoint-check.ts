/** Checks the checkpoint that pictures will be made with: that it opens, and what it is. */
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Failure, messageOf } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { checkWeights } from '#models/networks/check-weights.ts'
import { downscale } from '#models/networks/vae.ts'
import { bearable, type Finding, missing, ok, wrong } from './finding.ts'
import type { Machine } from './machine.ts'
import { gigabytes } from './picture-cost.ts'

export async function checkCheckpoint({ config }: Machine): Promise<Finding> {
  if (config.checkpoint === undefined) {
    const found = 'SDXL_CHECKPOINT names none: without --checkpoint, the demo draws little things'
    const mend = 'export SDXL_CHECKPOINT=/path/to/an/SDXL/model.safetensors'
    return bearable(missing(found, mend))
  }
  const path = resolve(config.folder, config.checkpoint)
  try {
    const checkpoint = await openCheckpoint(path)
    const { layout, unet, vae, vaeFile } = checkpoint
    const unknown = checkWeights(checkpoint)
    const side = unet.config.sampleSize * downscale(vae.config)
    const facts = [
      `SDXL, ${layout}`,
      gigabytes(await sizeOf(path)),
      `${side} × ${side} pixels`,
      ...(vaeFile ? [`its VAE from ${basename(vaeFile)}`] : []),
      ...(unknown.length > 0 ? [`${unknown.length} tensors unused, such as ${unknown[0]}`] : []),
    ]
    return ok(`${path} (${facts.join(', ')})`)
  } catch (error) {
    if (!(error instanceof Failure)) return wrong(`${path}: ${messageOf(error)}`)
    // A Failure names its mend.
    return wrong(error.message.replace(/\.$/, ''))
  }
}

/** Bytes of the file, or of all weights in the folder, links followed. */
async function sizeOf(path: string): Promise<number> {
  if (!(await stat(path)).isDirectory()) return (await stat(path)).size
  const names = await readdir(path, { recursive: true })
  const weights = names.filter((name) => name.endsWith('.safetensors'))
  const sizes = await Promise.all(weights.map(async (name) => (await stat(join(path, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
