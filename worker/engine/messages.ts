/** What the daemon and its engine say to each other: one command at a time, each answered once. */
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Generated, GenerationRequest } from '#pipeline/generate.ts'
import type { VaeUse } from '#pipeline/networks.ts'
import type { Device } from './session.ts'

/** `auto` is CUDA where it works, else the CPU. */
export type DeviceChoice = Device | 'auto'

export type Command =
  | {
      readonly kind: 'load'
      readonly checkpoint: string
      readonly device: DeviceChoice
      readonly threads: number
      /** That the process sees alone, as nvidia-smi numbers it. */
      readonly gpu?: number | undefined
      /** Bytes of a GPU's memory that are another process's, though it has not taken them yet. */
      readonly reserved?: number | undefined
      readonly loras: readonly AskedLora[]
      /**
       * Memory ran out in the life before: the VAE runs in tiles from the start, and on a device that keeps
       * weights of its own never beside the UNet.
       */
      readonly frugal?: boolean
    }
  /** At the network's own size unless another is given, in pixels. */
  | { readonly kind: 'warmUp'; readonly size?: Size }
  | { readonly kind: 'run'; readonly request: GenerationRequest }
  | { readonly kind: 'memory' }

export interface Answers {
  readonly load: EngineInfo
  readonly warmUp: undefined
  readonly run: Generated
  readonly memory: EngineMemory
}

export interface EngineInfo {
  readonly checkpoint: string
  readonly device: Device
  /** Why `auto` did not take CUDA, where it did not. */
  readonly deviceNote?: string
  /** Pixels a side that the network was trained at. */
  readonly nativeSize: number
  /** Width and height must be multiples of it. */
  readonly pixelsPerLatent: number
  /** Of pictures of the native size, before any ran; `effective` tells of each that did. */
  readonly vae: VaeUse
}

/** Pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Bytes. */
export interface EngineMemory {
  readonly resident: number
  readonly peakResident: number
}
