/** Rounds weights to four bits in blocks of 32, each block with a scale, as ONNX Runtime's MatMulNBits reads them. */

/** Weights that share a scale. */
export const BLOCK = 32

export interface Packed {
  /** Two weights a byte, the earlier in the low half; 8 stands for zero. */
  readonly packed: Uint8Array
  /** bfloat16, one a block. */
  readonly scales: Uint8Array
}

/**
 * Of whole rows, end to end; a row is a multiple of 32 long. The weight of largest magnitude in a block becomes exactly
 * -8 scales, so the scale has the other sign, and the weights as far on the other side are cut off at 7.
 */
export function pack(values: Float32Array): Packed {
  const blocks = values.length / BLOCK
  const packed = new Uint8Array(values.length / 2)
  const scales = new Uint16Array(blocks)
  // One number seen as float32 and as bits.
  const number = new Float32Array(1)
  const word = new Uint32Array(number.buffer)
  for (let block = 0; block < blocks; block++) {
    number[0] = 0 - furthest(values, block * BLOCK) / 8
    // A bfloat16 is the upper half; half of its last place added rounds.
    const half = ((word[0] ?? 0) + 0x8000) >>> 16
    scales[block] = half
    // Weights are rounded to steps of the scale that is stored, not of the one that was meant.
    word[0] = half << 16
    const scale = number[0] ?? 0
    const inverse = scale === 0 ? 0 : 1 / scale
    const end = (block + 1) * BLOCK
    for (let i = block * BLOCK; i < end; i += 2) {
      const low = step((values[i] ?? 0) * inverse)
      const high = step((values[i + 1] ?? 0) * inverse)
      packed[i >> 1] = low | (high << 4)
    }
  }
  return { packed, scales: new Uint8Array(scales.buffer) }
}

/** The value of largest magnitude in the block that begins at `start`. */
function furthest(values: Float32Array, start: number): number {
  let [most, magnitude] = [0, 0]
  for (let i = start; i < start + BLOCK; i++) {
    const value = values[i] ?? 0
    const size = Math.abs(value)
    if (size > magnitude) [most, magnitude] = [value, size]
  }
  return most
}

/** The nearest step, counted from -8: never below 0 but where the scale was rounded down, by a fraction. */
const step = (scaled: number): number => Math.min(15, (scaled + 8.5) | 0)
