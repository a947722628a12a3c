/** A tiny SDXL in a folder of its own, engines on it, and a photograph: what the engine's tests begin with. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import { type Asked, type Failure, type Mode, plan } from '#contract'
import { type Variant, writeCheckpoint } from '#models/goldens/checkpoint.ts'
import type { GenerationRequest } from '#pipeline/generate.ts'
import { fitImage } from '#platform/image/fit.ts'
import { readImageFile } from '#platform/image/read-file.ts'
import { Engine, type EngineOptions } from './engine.ts'

/** Sides of the pictures that the tiny SDXL makes. */
export const SIDE = 128

const PHOTOGRAPH = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))

/** Call at the top of a test file: the folder lives as long as its tests. */
export function tinyCheckpoints(): (variant?: Variant) => Promise<string> {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-engine-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return (variant = 'tiny-single') => writeCheckpoint(folder, variant)
}

export interface WatchedEngine {
  readonly engine: Engine
  /** What `onDeath` was told, in order. */
  readonly deaths: readonly Failure[]
}

export function watchedEngine(
  checkpoint: string,
  options: Partial<EngineOptions> = {},
): WatchedEngine {
  const deaths: Failure[] = []
  const onDeath = (failure: Failure) => void deaths.push(failure)
  return {
    engine: new Engine({ checkpoint, device: 'cpu', threads: 1, onDeath, ...options }),
    deaths,
  }
}

/** A request at `side` pixels; modes that take a reference get the photograph. */
export async function requestFor(
  mode: Mode,
  asked: Asked = {},
  side = SIDE,
): Promise<GenerationRequest> {
  const planned = plan(mode, { prompt: 'a portrait of a tabby cat', seed: 7, ...asked }, 0)
  const size = { width: side, height: side }
  if (mode === 'txt2img') return { ...planned, ...size }
  const reference = fitImage(await readImageFile(PHOTOGRAPH), { ...size, mode: 'cover' })
  return { ...planned, ...size, reference }
}

export function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}
