/** A tensor of a checkpoint: where its bytes lie, and what they mean. */

/** safetensors element types that a network's weight may have. */
const storedTypes = ['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const
export type StoredType = (typeof storedTypes)[number]

export const isStoredType = (type: string): type is StoredType =>
  storedTypes.some((one) => one === type)

/** Bytes of a file, little-endian and row-major. */
export interface FileRange {
  /** Absolute path. */
  readonly file: string
  readonly offset: number
  readonly length: number
}

export interface Weight {
  /** U8 is of packed numbers that an operator unpacks. */
  readonly type: StoredType | 'U8'
  readonly shape: readonly number[]
  /** In place where the stored bytes serve as they are; `Uint8Array` where they had to be re-laid. */
  readonly bytes: FileRange | Uint8Array
}
