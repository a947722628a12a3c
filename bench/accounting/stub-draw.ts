/** Stands in for an engine: takes a while, fails at first or dies where that is planned, and draws who drew it. */
import { createHash, randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, type RgbImage, type Size } from '#contract'
import type { Draw } from '#worker/daemon/draw.ts'
import { drawnAs } from '../../worker/daemon/workshop.case.ts'
import { POISON_PROMPT } from './payloads.ts'

/** @param failures a folder that all workers share, where it is noted what has failed already. */
export function stubDraw(failures: string): Draw {
  return async (order, { signal, onProgress }) => {
    const { planned, drawn } = order
    const { ms, failsAtFirst } = drawingOf(planned.seed)
    onProgress({ stage: 'denoise', image: 0, done: 0, of: planned.networkRuns })
    await sleep(ms, undefined, { signal })
    if (planned.prompt === POISON_PROMPT) process.kill(process.pid, 'SIGKILL')
    if (failsAtFirst && (await isFirst(join(failures, `${planned.seed}`)))) {
      throw new Failure('engine-crashed', 'The engine ended by itself.')
    }
    const answer = drawnAs(order)
    const images = answer.images.map(({ seed }) => ({ seed, image: signedPicture(drawn, seed) }))
    return { ...answer, images }
  }
}

export interface Drawing {
  readonly ms: number
  /** The first attempt fails, in a way that another may not. */
  readonly failsAtFirst: boolean
}

const LEAST_MS = 5
const MOST_MS = 300
/** A worker takes no more after three of these, until it is killed. */
const FAILING = 0.015

/** Follows from the seed, so that whoever draws it takes as long: most a few ms, some hundreds. */
export function drawingOf(seed: number): Drawing {
  const digest = createHash('sha256').update(`${seed}`).digest()
  const share = digest.readUInt32BE(0) / 2 ** 32
  return {
    ms: LEAST_MS + (MOST_MS - LEAST_MS) * share ** 5,
    failsAtFirst: digest.readUInt32BE(4) / 2 ** 32 < FAILING,
  }
}

/** Whoever makes the file is. */
async function isFirst(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.close()
    return true
  } catch {
    return false
  }
}

/** Like none that any other attempt draws, so that a picture's hash tells whose it is. */
function signedPicture({ width, height }: Size, seed: number): RgbImage {
  const attempt = Buffer.from(randomUUID().replaceAll('-', ''), 'hex')
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = seed + (attempt[i % attempt.length] ?? 0)
  return { width, height, data }
}
