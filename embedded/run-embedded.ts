/** Gateway and worker in one process over one queue in memory; jobs are kept by the gateway's database alone. */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { identify, type LesserPictures, memoryQueue } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import type { Log } from '#platform/log.ts'
import { chooseCheckpoint } from '#worker/cli/choose-checkpoint.ts'
import { runDaemon } from '#worker/daemon/daemon.ts'
import { type Equipment, equipmentOf, type HasProcess } from '#worker/daemon/equipment.ts'
import { runGateway } from '../gateway/gateway.ts'
import type { EmbeddedConfig } from './config.ts'

export interface EmbeddedOptions {
  readonly log: Log
  /** Aborted: no job is begun any more; what is drawn by then is kept. */
  readonly drain: AbortSignal
  /** Aborted: nothing more is waited for. */
  readonly kill: AbortSignal
  /** Told of each engine and enhancer as soon as it is there, so that it can be ended with this process. */
  readonly onChild: (child: HasProcess) => void
  /** Told what draws, once it is known that it can be opened. */
  readonly onCheckpoint?: (pictures: LesserPictures | undefined) => void
  /** Told once requests are answered, with the port. */
  readonly onReady?: (port: number) => void
  /** Told once pictures can be drawn, with what on. */
  readonly onLoaded?: (device: string) => void
}

/** `overrun`: a job that had been begun is left for the next start. */
type Outcome = 'drained' | 'overrun'

/** Resolves once both have ended. Throws the Failure of what keeps either from its work. */
export async function runEmbedded(
  config: EmbeddedConfig,
  options: EmbeddedOptions,
): Promise<Outcome> {
  const { log, drain, kill, onReady } = options
  const { path, pictures } = await chooseCheckpoint({
    ...{ named: config.checkpoint, root },
    dataFolder: config.gateway.dataFolder,
  })
  // Its headers, now, so that nobody is shown a page which cannot draw.
  await openCheckpoint(path)
  options.onCheckpoint?.(pictures)
  if (drain.aborted) return 'drained'

  const idOf = (raw: string) => identify(raw, randomUUID)
  const queue = memoryQueue({ idOf, settings: config.gateway.queue })
  // What the project brings along draws little things, or nothing; whatever was named must be declared.
  const checkpointContent = pictures === undefined ? config.worker.checkpointContent : 'sfw'
  const daemon = { ...config.worker, checkpoint: path, checkpointContent }
  const equipment = telling(equipmentOf(daemon, options.onChild), { pictures, ...options })
  // Whichever ends takes the other along; the gateway last, since it keeps what the worker finishes.
  const noGateway = new AbortController()
  const noWorker = new AbortController()
  const worker = untilDrained(
    runDaemon(daemon, log.with({ process: 'worker' }), {
      ...{ kill, queue, equipment },
      drain: AbortSignal.any([drain, noGateway.signal]),
    }),
    drain,
  ).finally(() => noWorker.abort())
  const gateway = runGateway(config.gateway, {
    ...{ log: log.with({ process: 'gateway' }), kill, queue },
    drain: noWorker.signal,
    onReady: (port) => (noWorker.signal.aborted ? undefined : onReady?.(port)),
  }).finally(() => noGateway.abort())
  return await both(gateway, worker)
}

/** The project's own folder. */
const root = fileURLToPath(new URL('..', import.meta.url))

/** One whose worker says what it gives, and which says that it can draw. */
function telling(
  equipment: Equipment,
  { pictures, onLoaded }: Pick<EmbeddedOptions, 'onLoaded'> & Pick<EmbeddedModel, 'pictures'>,
): Equipment {
  return {
    ...equipment,
    async readModel(device) {
      const model = await equipment.readModel(device)
      onLoaded?.(device)
      return { ...model, pictures }
    },
  }
}

type EmbeddedModel = Awaited<ReturnType<Equipment['readModel']>>

/** That it was told to end while it loaded is no failure. */
async function untilDrained(running: Promise<Outcome>, drain: AbortSignal): Promise<Outcome> {
  try {
    return await running
  } catch (error) {
    if (drain.aborted) return 'drained'
    throw error
  }
}

/** Waits for both, and throws what the first to fail has thrown. */
async function both(...running: readonly Promise<Outcome>[]): Promise<Outcome> {
  const failures: unknown[] = []
  const outcomes = await Promise.all(
    running.map((each) =>
      each.catch((error: unknown): Outcome => {
        failures.push(error)
        return 'overrun'
      }),
    ),
  )
  if (failures.length > 0) throw failures[0]
  return outcomes.includes('overrun') ? 'overrun' : 'drained'
}
