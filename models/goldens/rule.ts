/** Weights made from nothing but their names, so that tests have a checkpoint without a download. */

/**
 * The tensor that an SDXL single file calls `key`, row-major: FNV-1a-32 of the key seeds MT19937, whose outputs' low
 * 24 bits give v in [-1, 1). Weights of two or more dimensions are v·√(3 / fan-in), so that every layer keeps the
 * variance of its input; norms lie about 1, biases about 0. Computed in double, rounded once (`weights_by_rule.py`).
 */
export function weightByRule(key: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const length = shape.reduce((product, dimension) => product * dimension, 1)
  const [offset, scale] = affine(key, shape, length)
  const next = mersenneTwister(fnv1a(key))
  const values = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const v = 2 * ((next() & 0xffffff) / 2 ** 24) - 1
    values[i] = offset + scale * v
  }
  return values
}

/** FNV-1a, 32 bits, of the UTF-8 bytes of `text`. */
export function fnv1a(text: string): number {
  let digest = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) {
    digest = Math.imul(digest ^ byte, 0x01000193)
  }
  return digest >>> 0
}

function affine(key: string, shape: readonly number[], length: number): [number, number] {
  if (shape.length >= 2) return [0, Math.sqrt(3 / (length / shape[0]!))]
  return key.endsWith('.weight') ? [1, 0.2] : [0, 0.1]
}

const N = 624
const M = 397

/** MT19937 (Matsumoto and Nishimura, 1998), seeded by init_genrand: a source of signed 32-bit words. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(N)
  state[0] = seed
  for (let i = 1; i < N; i++) {
    const previous = state[i - 1]!
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i
  }
  let position = N
  return () => {
    if (position === N) {
      twist(state)
      position = 0
    }
    let y = state[position++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return y ^ (y >>> 18)
  }
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < N; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff)
    state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
  }
}
