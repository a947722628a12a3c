/** The tiny VAE, as it is or with some weights made larger, and sessions that tell what they are asked. */
import { readFile } from 'node:fs/promises'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import type { Part } from '#models/checkpoints/part.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import { type NetworkOpener, networkOpener } from './network-opener.ts'

/**
 * Weights whose attention passes 65504, float16's largest number, where in float32 all is well. ONNX Runtime's
 * CPU rounds to float16 only where a kernel of its own takes it, attention among them, and leaves convolutions
 * in float32 from one to the next: those would not overflow here.
 */
export const OVERFLOWING = { weights: /decoder.*attentions\.0\.to_v/, times: 1e5 }

/** Answers so large that float16's rounding shows. */
export const COARSE = { weights: /decoder\.conv_out/, times: 30 }

export interface Scaling {
  readonly weights: RegExp
  readonly times: number
}

/** Of the float32 checkpoint at `path`. */
export async function tinyVae(path: string, scaling?: Scaling): Promise<Part<VaeConfig>> {
  const { vae } = await openCheckpoint(path)
  if (!scaling) return vae
  const file = await readFile(path)
  return {
    ...vae,
    weight(name, shape) {
      const weight = vae.weight(name, shape)
      if (!scaling.weights.test(name) || weight.bytes instanceof Uint8Array) return weight
      const { offset, length } = weight.bytes
      const values = new Float32Array(
        Uint8Array.from(file.subarray(offset, offset + length)).buffer,
      )
      const scaled = values.map((value) => value * scaling.times)
      return { ...weight, bytes: new Uint8Array(scaled.buffer) }
    },
  }
}

export interface WatchedOpener {
  readonly opener: NetworkOpener
  /** As `float16 vaeDecoder 8x8` for each run and `close float16 vaeDecoder` for each closing, in order. */
  readonly events: readonly string[]
}

/** Opens on the CPU, in whichever precision. */
export function watchedOpener(): WatchedOpener {
  const events: string[] = []
  const real = networkOpener({ device: 'cpu', threads: 1 }, [])
  const opener: NetworkOpener = {
    ...real,
    sized(name, part, network) {
      const session = real.sized(name, part, network)
      const which = `${network.precision} ${name}`
      return {
        ...session,
        of(area) {
          events.push(`${which} ${area.height}x${area.width}`)
          return session.of(area)
        },
        close() {
          events.push(`close ${which}`)
          return session.close()
        },
      }
    },
  }
  return { opener, events }
}
