/** Checks that there is room: memory for the weights, disk for what is written. */
import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { bearable, type Finding, ok, wrong } from './finding.ts'
import type { Machine } from './machine.ts'
import { gigabytes } from './picture-cost.ts'

/**
 * Bytes. A checkpoint's pages (6.9 GB) may be dropped and read again, so that less is slow, not fatal; what a picture
 * of 1024 × 1024 holds beside them on a CPU is by estimate four times the VAE decoder's 1.4 GB at 512 × 512.
 */
const COMFORT = 12e9
const LEAST = 6e9

/** Bytes: pictures and logs, with some to spare. */
const LEAST_DISK = 1e9

export function checkMemory(): Finding {
  // 0, or more than there is, where no container sets a limit.
  const limit = process.constrainedMemory()
  const total = totalmem()
  return memoryFinding(limit > 0 && limit < total ? limit : total)
}

export function memoryFinding(bytes: number): Finding {
  if (bytes >= COMFORT) return ok(gigabytes(bytes))
  const mend = `Give the machine or the container ${gigabytes(COMFORT)}.`
  if (bytes < LEAST) return wrong(`${gigabytes(bytes)} is too little for SDXL`, mend)
  return bearable(
    wrong(`${gigabytes(bytes)} is little: weights will be read again and again`, mend),
  )
}

export async function checkDisk({ root }: Machine): Promise<Finding> {
  const { bavail, bsize } = await statfs(root)
  return diskFinding(bavail * bsize, root)
}

export function diskFinding(bytes: number, folder: string): Finding {
  const found = `${gigabytes(bytes)} free for ${folder}`
  return bytes >= LEAST_DISK ? ok(found) : wrong(found, `Free ${gigabytes(LEAST_DISK)} there.`)
}
