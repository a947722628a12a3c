/** What a daemon draws with: an engine on each GPU that it was given, and what they have open. */
import { resolve } from 'node:path'
import type { Log } from '#platform/log.ts'
import { createProgressLine } from '#worker/cli/progress-line.ts'
import { Engine } from '#worker/engine/engine.ts'
import type { Device } from '#worker/engine/session.ts'
import type { Enhancer } from '#worker/enhance/enhancer.ts'
import { openEnhancer } from '#worker/enhance/open-enhancer.ts'
import { listedGpus } from '#worker/gpu/listed-gpus.ts'
import { askNvidiaSmi } from '#worker/gpu/nvidia-smi.ts'
import { stageCheckpoint } from '#worker/models/staging.ts'
import { createTransferLine, type TransferLine } from '#worker/models/transfer-line.ts'
import type { DaemonConfig } from './config.ts'
import { drawOn } from './draw.ts'
import { type Model, readModel } from './model.ts'
import type { OpenEngine } from './station.ts'
import { warmUpAll } from './warm-up-all.ts'

export interface Equipment {
  /** Before anything else: puts what is to be opened where it is quickly read. */
  readonly prepare?: (watch: PrepareWatch) => Promise<void>
  /** One engine for each, as nvidia-smi numbers them; undefined for one on what the environment lets it see. */
  readonly gpus: () => Promise<readonly (number | undefined)[]>
  readonly openEngine: OpenEngine
  /** Undefined where prompts go on as they are written. @param gpu that it shares with that engine. */
  readonly openEnhancer?: (gpu: number | undefined, log: Log) => Enhancer | undefined
  /** Of the checkpoint that all engines open, on the device that they run on. */
  readonly readModel: (device: Device) => Promise<Model>
}

export interface PrepareWatch {
  readonly log: Log
  readonly signal: AbortSignal
}

/** What has a process now and then, which hears nothing of our end. */
export interface HasProcess {
  readonly pid: number | undefined
}

/** @param onChild told of each engine and enhancer as soon as it is there, so that it can be ended with this process. */
export function equipmentOf(config: DaemonConfig, onChild: (child: HasProcess) => void): Equipment {
  const { device, threads, servedSizes, distillation, loraCatalogue, enhancer } = config
  let checkpoint = resolve(config.checkpoint)
  const modelOn = (loadedOn: Device) =>
    readModel({
      ...{ checkpoint, distillation },
      servedSizes: servedSizes ?? (loadedOn === 'cpu' ? 'any' : undefined),
      loraCatalogue: loraCatalogue === undefined ? undefined : resolve(loraCatalogue),
    })
  return {
    async prepare({ log, signal }) {
      const { sha256, stageFolder: folder } = config
      const line = createProgressLine(process.stderr)
      let bar: TransferLine | undefined
      const onBytes = (bytes: number, of: number, from: number) => {
        const what = { name: `copying ${checkpoint} to ${folder}`, from, of }
        bar ??= createTransferLine(line, what, { isTTY: process.stderr.isTTY })
        bar.at(bytes)
      }
      const onWait = () => line.state(`waiting for another process that copies to ${folder}`)
      const staging = stageCheckpoint({ path: checkpoint, folder, sha256, onBytes, onWait, signal })
      // What is said next, be it why it failed, is not to stand on the bar's line.
      const staged = await staging.finally(() => line.end())
      const where = staged.path === checkpoint ? 'read in place' : 'read from its copy'
      log.info(`checkpoint ${where}`, { reason: staged.why })
      checkpoint = staged.path
    },
    async gpus() {
      if (config.gpus === undefined) return [undefined]
      return listedGpus(config.gpus, await askNvidiaSmi()).map(({ gpu }) => gpu)
    },
    openEngine(asked) {
      const engine = new Engine({ checkpoint, device, threads, ...asked })
      onChild(engine)
      return {
        load: () => engine.load(),
        warmUp: async () => warmUpAll(engine, (await modelOn('cuda')).served),
        draw: drawOn(engine),
        hold: engine,
        [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
      }
    },
    openEnhancer(gpu, log) {
      if (enhancer.path === undefined) return undefined
      const opened = openEnhancer(enhancer, { gpu, device, threads, log })
      onChild(opened)
      return opened
    },
    readModel: modelOn,
  }
}
