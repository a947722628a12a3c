/** What a daemon draws with: an engine on each GPU that it was given, and what they have open. */
import { resolve } from 'node:path'
import { Engine } from '#worker/engine/engine.ts'
import type { Device } from '#worker/engine/session.ts'
import { listedGpus } from '#worker/gpu/listed-gpus.ts'
import { askNvidiaSmi } from '#worker/gpu/nvidia-smi.ts'
import type { DaemonConfig } from './config.ts'
import { drawOn } from './draw.ts'
import { type Model, readModel } from './model.ts'
import type { OpenEngine } from './station.ts'
import { warmUpAll } from './warm-up-all.ts'

export interface Equipment {
  /** One engine for each, as nvidia-smi numbers them; undefined for one on what the environment lets it see. */
  readonly gpus: () => Promise<readonly (number | undefined)[]>
  readonly openEngine: OpenEngine
  /** Of the checkpoint that all engines open, on the device that they run on. */
  readonly readModel: (device: Device) => Promise<Model>
}

/** @param onEngine told of each engine as soon as it is there, so that it can be ended with this process. */
export function equipmentOf(config: DaemonConfig, onEngine: (engine: Engine) => void): Equipment {
  const { device, threads, servedSizes, distillation, loraCatalogue } = config
  const checkpoint = resolve(config.checkpoint)
  const modelOn = (loadedOn: Device) =>
    readModel({
      ...{ checkpoint, distillation },
      servedSizes: servedSizes ?? (loadedOn === 'cpu' ? 'any' : undefined),
      loraCatalogue: loraCatalogue === undefined ? undefined : resolve(loraCatalogue),
    })
  return {
    async gpus() {
      if (config.gpus === undefined) return [undefined]
      return listedGpus(config.gpus, await askNvidiaSmi()).map(({ gpu }) => gpu)
    },
    openEngine(asked) {
      const engine = new Engine({ checkpoint, device, threads, ...asked })
      onEngine(engine)
      return {
        load: () => engine.load(),
        warmUp: async () => warmUpAll(engine, (await modelOn('cuda')).served),
        draw: drawOn(engine),
        hold: engine,
        [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
      }
    },
    readModel: modelOn,
  }
}
