/**
 * Normal random numbers equal to torch's on CPU bit for bit, so that a seed means what it means in
 * diffusers.
 */
import { BLOCK, boxMuller } from './box-muller.ts'
import { createMersenneTwister } from './mersenne-twister.ts'

export interface Generator {
  /**
   * The next `count` normals, as `torch.randn(count, generator=g)` draws them on x86 with AVX2
   * (torch itself differs by up to 2e-6 elsewhere). From 16 on, two draws of n equal one of 2n only
   * where 16 divides n.
   */
  normal(count: number): Float32Array
}

/**
 * A generator as `torch.Generator('cpu').manual_seed(seed)` starts it: only the seed's low 32 bits
 * count, and negative seeds wrap. Throws a RangeError where the seed is not an integer.
 */
export function createGenerator(seed: number | bigint): Generator {
  const next = createMersenneTwister(Number(BigInt.asUintN(32, BigInt(seed))))
  const nextSingle = singles(next)
  return {
    normal: (count) =>
      count < BLOCK ? Float32Array.from({ length: count }, nextSingle) : blocks(count, next),
  }
}

function blocks(count: number, next: () => number): Float32Array {
  const data = new Float32Array(count)
  fillUniform(data, next)
  for (let offset = 0; offset + BLOCK <= count; offset += BLOCK) boxMuller(data, offset)
  if (count % BLOCK !== 0) {
    // torch draws the last 16 anew, over values that were finished already.
    fillUniform(data.subarray(count - BLOCK), next)
    boxMuller(data, count - BLOCK)
  }
  return data
}

function fillUniform(data: Float32Array, next: () => number): void {
  for (let i = 0; i < data.length; i++) data[i] = (next() & 0xffffff) * 2 ** -24
}

/** Below 16 torch draws in double, one by one; the sine of a pair waits for the next call. */
function singles(next: () => number): () => number {
  let waiting: number | undefined
  return () => {
    if (waiting !== undefined) {
      const value = waiting
      waiting = undefined
      return value
    }
    const angle = 2 * Math.PI * uniform53(next)
    const radius = Math.sqrt(-2 * Math.log1p(-uniform53(next)))
    waiting = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** The low 53 of 64 bits, the high word drawn first. */
function uniform53(next: () => number): number {
  const high = next() & 0x1fffff
  return (high * 2 ** 32 + next()) * 2 ** -53
}
