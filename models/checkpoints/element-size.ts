/** The element types that safetensors knows, and how many bytes each takes. */
const sizes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  F8_E8M0: 1,
  C64: 8,
  BOOL: 1,
} as const

export type ElementType = keyof typeof sizes

export function elementSize(type: ElementType): number {
  return sizes[type]
}

export function isElementType(name: unknown): name is ElementType {
  return typeof name === 'string' && Object.hasOwn(sizes, name)
}
