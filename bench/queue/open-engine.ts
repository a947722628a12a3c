/** The engine that a daemon under watch is to have, and what its jobs are planned for. */
import { readServedSizes } from '#contract'
import { type Draw, drawOn } from '#worker/daemon/draw.ts'
import { type Model, readModel } from '#worker/daemon/model.ts'
import { drawnAs, NATIVE } from '#worker/daemon/workshop.case.ts'
import { Engine } from '#worker/engine/engine.ts'
import type { DaemonTask } from './daemon-task.ts'
import { stubEngine } from './draw-elsewhere.ts'

export interface WatchedEngine extends AsyncDisposable {
  readonly draw: Draw
  readonly model: Model
  /** Of a stub alone. */
  readonly busy?: () => number
}

export async function openEngine(asked: DaemonTask['engine']): Promise<WatchedEngine> {
  switch (asked.kind) {
    case 'tiny': {
      const { checkpoint } = asked
      const engine = new Engine({ checkpoint, device: 'cpu' })
      await engine.load()
      return {
        draw: drawOn(engine),
        model: await readModel({ checkpoint, servedSizes: 'any' }),
        [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
      }
    }
    case 'stub': {
      // What a GPU serves, so that COPY is brought back to its reference's own size.
      const model = { ...noCheckpoint, nativeSize: 1024, served: readServedSizes(undefined, 1024) }
      return { ...stubEngine(asked.drawMs), model }
    }
    case 'at-once':
      return {
        draw: async (order) => drawnAs(order),
        model: { ...noCheckpoint, nativeSize: NATIVE, served: undefined },
        async [Symbol.asyncDispose]() {},
      }
  }
}

const noCheckpoint = {
  checkpoint: '/models/stub.safetensors',
  distillation: undefined,
  catalogue: undefined,
} as const
