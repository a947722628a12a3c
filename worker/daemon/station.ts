/** One engine and the loop that feeds it. A daemon has one for each GPU: what befalls it, the others do not feel. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'
import type { Device } from '#worker/engine/session.ts'
import type { Draw, EngineHold } from './draw.ts'
import type { EngineState } from './health.ts'
import { type LoopOptions, type LoopState, runLoop } from './loop/loop.ts'
import { createQuarantine, type Quarantine } from './loop/quarantine.ts'
import type { Meters } from './metrics/metrics.ts'
import type { Workshop } from './workshop.ts'

/** An engine, or what stands in for one. */
export interface StationEngine extends AsyncDisposable {
  /** Resolves once it can draw, which is at once where it can; it may have to be started anew. */
  readonly load: () => Promise<Loaded>
  readonly warmUp: () => Promise<void>
  readonly draw: Draw
  readonly hold?: EngineHold | undefined
}

export interface Loaded {
  readonly device: Device
  /** Why it is not the device that was hoped for, where it is not. */
  readonly deviceNote?: string
}

export interface EngineAsked {
  /** The only one that it sees, as nvidia-smi numbers it; undefined: whatever the environment lets it see. */
  readonly gpu: number | undefined
  /** Bytes of its memory that are to be left to another process; none unless given. */
  readonly reserved?: number | undefined
  /** To be told why it ended unasked. */
  readonly onDeath: (failure: Failure) => void
}

export type OpenEngine = (asked: EngineAsked) => StationEngine

export interface StationOptions {
  readonly gpu: number | undefined
  readonly openEngine: OpenEngine
  readonly log: Log
  readonly meters?: Meters | undefined
  readonly quarantine?: Quarantine | undefined
}

/** All that a loop needs but what is the station's own. */
export interface ServeOptions
  extends Omit<LoopOptions, 'worker' | 'workshop' | 'quarantine' | 'machine' | 'onState'> {
  readonly workshop: Omit<Workshop, 'draw' | 'ready' | 'engine' | 'log' | 'meters'>
}

export interface Station extends AsyncDisposable {
  readonly state: () => EngineState
  /** Rejects with the Failure of what keeps its engine from drawing. */
  readonly load: () => Promise<Loaded>
  /** After `load`, whatever came of it: an engine that does not load is tested now and then, and has no jobs till then. */
  readonly serve: (options: ServeOptions) => Promise<'drained' | 'overrun'>
}

export function openStation(options: StationOptions): Station {
  const { gpu, openEngine, meters, quarantine = createQuarantine() } = options
  const log = gpu === undefined ? options.log : options.log.with({ gpu: `${gpu}` })
  let loaded: Loaded | undefined
  let loopState: (() => LoopState) | undefined
  const engine = openEngine({
    gpu,
    onDeath(error) {
      log.error('engine died', { error, code: error.code })
      meters?.engineDied(error.code)
      // Found out now, so that no job is taken for one that does not come back.
      void load().catch(() => {})
    },
  })
  const noteAbsence = (error: unknown): never => {
    const code = error instanceof Failure ? error.code : 'internal'
    // `cancelled`: we ended it ourselves.
    if (code !== 'cancelled' && !quarantine.isOn()) {
      quarantine.failed(code)
      log.error('engine not loaded', { error, code })
    }
    throw error
  }
  const load = async (): Promise<Loaded> => {
    loaded = await engine.load().catch(noteAbsence)
    return loaded
  }
  return {
    async load() {
      const info = await load()
      // Only a GPU makes plans at its first run.
      if (info.device !== 'cpu') await engine.warmUp().catch(noteAbsence)
      log.info('loaded', { device: info.device, reason: info.deviceNote })
      return info
    },
    state() {
      if (loopState) return { gpu, ...loopState() }
      const state = quarantine.isOn() ? 'degraded' : 'loading'
      return { gpu, state, reason: quarantine.reason(), jobs: 0 }
    },
    serve(given) {
      const name = nameOn(gpu)
      const draw = drawWhereLoaded(engine.draw, load)
      const own = { draw, ready: load, engine: engine.hold, meters }
      return runLoop({
        ...given,
        worker: given.queue.worker(name),
        workshop: { ...given.workshop, ...own, log: log.with({ workerId: name }) },
        quarantine,
        machine: () => ({ device: loaded?.device, gpu }),
        onState(state) {
          loopState = state
        },
      })
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

/** No other worker has ever had it. */
function nameOn(gpu: number | undefined): string {
  const onGpu = gpu === undefined ? '' : `-gpu${gpu}`
  return `${hostname()}-${process.pid}${onGpu}-${randomUUID().slice(0, 8)}`
}

/** A job is not at fault where its engine does not load any more, so that another may have it. */
function drawWhereLoaded(draw: Draw, load: () => Promise<Loaded>): Draw {
  return async (order, watch) => {
    try {
      return await draw(order, watch)
    } catch (cause) {
      // What can end for good for want of an engine; but a LoRA's file may be as wrong as a checkpoint.
      if (!(cause instanceof Failure) || cause.fault !== 'operator') throw cause
      await load().catch(() => {
        const message = 'The engine ended, and could not be started again.'
        throw new Failure('engine-crashed', message, { cause })
      })
      throw cause
    }
  }
}
