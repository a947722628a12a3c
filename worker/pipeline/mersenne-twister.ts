/** MT19937, the engine behind torch's CPU generator. */

const LENGTH = 624
const MIDDLE = 397

/** Draws uniform 32-bit integers; `seed` is taken modulo 2^32 (Matsumoto's `init_genrand`). */
export function createMersenneTwister(seed: number): () => number {
  const state = new Uint32Array(LENGTH)
  state[0] = seed
  for (let i = 1; i < LENGTH; i++) {
    const previous = state[i - 1]!
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i
  }
  let position = LENGTH
  return () => {
    if (position === LENGTH) {
      twist(state)
      position = 0
    }
    return temper(state[position++]!)
  }
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < LENGTH; i++) {
    const bits = (state[i]! & 0x80000000) | (state[(i + 1) % LENGTH]! & 0x7fffffff)
    state[i] = state[(i + MIDDLE) % LENGTH]! ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0)
  }
}

function temper(word: number): number {
  let bits = word
  bits ^= bits >>> 11
  bits ^= (bits << 7) & 0x9d2c5680
  bits ^= (bits << 15) & 0xefc60000
  bits ^= bits >>> 18
  return bits >>> 0
}
