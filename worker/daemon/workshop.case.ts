/** A workshop for tests: everything real but the engine, files in a folder of their own. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identify, imageSeed, type QueueOptions } from '#contract'
import type { Generated } from '#pipeline/generate.ts'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import { createLog } from '#platform/log.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { createPictureScreen } from '../../policy/image/picture-screen.ts'
import { createReferenceGate } from '../../policy/reference/reference-gate.ts'
import { screen } from '../../policy/screen.ts'
import type { Order } from './draw.ts'
import type { Workshop } from './workshop.ts'

export const USER = '7b2a9d10-5555-4666-8777-a88888888888'
export const NATIVE = 128

export interface TestWorkshop extends AsyncDisposable {
  readonly workshop: Workshop
  readonly storage: Storage
  /** What was logged, a line each. */
  readonly lines: readonly string[]
  /** Every file that is stored, bucket first. */
  readonly files: () => Promise<readonly string[]>
}

/** @param privateOrigins of test servers, which a guard would not ask. */
export async function testWorkshop(
  given: Partial<Workshop> = {},
  privateOrigins: readonly string[] = [],
): Promise<TestWorkshop> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-daemon-'))
  const storage = localStorage({ folder, baseUrl: 'http://here/v1/files', secret: 's' })
  const decoder = new Decoder()
  const lines: string[] = []
  const workshop: Workshop = {
    model: {
      checkpoint: '/models/stub.safetensors',
      nativeSize: NATIVE,
      served: undefined,
      distillation: undefined,
      catalogue: undefined,
    },
    draw: async (order) => drawnAs(order),
    decoder,
    guard: createGuardedFetch({ privateOrigins }),
    storage,
    screen,
    pictureScreen: createPictureScreen({ classifier: undefined, content: 'sfw' }),
    showsPreviews: true,
    referenceGate: createReferenceGate({ trustedMakers: [], takenDown: { among: async () => [] } }),
    queueSecrets: [],
    log: createLog({ destination: { write: (line) => void lines.push(line) } }),
    ...given,
  }
  return {
    workshop,
    storage,
    lines,
    async files() {
      const found = await readdir(folder, { recursive: true, withFileTypes: true })
      const names = found.filter((entry) => entry.isFile())
      return names
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
        .toSorted()
    },
    async [Symbol.asyncDispose]() {
      await decoder[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What an engine that changes nothing would answer: the reference, else grey. */
export function drawnAs({ planned, drawn, reference }: Order): Generated {
  const { width, height } = drawn
  const image = reference ?? { width, height, data: new Uint8Array(width * height * 3).fill(128) }
  return {
    images: Array.from({ length: planned.images }, (_, i) => ({
      seed: imageSeed(planned.seed, i),
      image,
    })),
    effective: {
      startingSigma: 1,
      networkRuns: planned.networkRuns,
      promptTokens: 5,
      promptWindows: 1,
      promptTruncated: false,
    },
    timings: { prompt: 1, encode: 1, denoise: 1, decode: 1 },
  }
}

export const idOf: QueueOptions['idOf'] = (raw) => identify(raw, randomUUID)

/** A job without a reference, as today's producers push it. */
export function txt2img(id: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    id,
    type: 'sdxl_image_fast',
    prompt: 'a heron that reads a newspaper',
    user_id: USER,
    ...more,
  })
}

/** A job that changes the reference at a URL or a path. */
export const modify = (
  id: string,
  reference: string,
  more: Readonly<Record<string, unknown>> = {},
): string => txt2img(id, { metadata: { reference_image_url: reference }, ...more })
