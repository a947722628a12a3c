/** Parses the JSON of a safetensors header, and proves that its tensors lie end to end. */
import { Failure } from '#contract'
import { duplicateKey } from './duplicate-key.ts'
import { type ElementType, elementSize, isElementType } from './element-size.ts'
import { isRecord } from './record.ts'

export interface HeaderTensor {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  /** First byte, counted from the end of the header. */
  readonly begin: number
  /** Past the last byte. */
  readonly end: number
}

export interface Header {
  /** In the order of their bytes. */
  readonly tensors: readonly HeaderTensor[]
  readonly metadata: ReadonlyMap<string, string>
  /** Bytes that the tensors take together, without a gap. */
  readonly dataLength: number
}

const maxTensors = 20_000
const maxRank = 8

/** Throws Failure('checkpoint-invalid') that begins with `path`. */
export function parseHeader(bytes: Uint8Array, path: string): Header {
  const root = parseJson(bytes, path)
  const { __metadata__: metadata, ...rest } = root
  const names = Object.keys(rest)
  if (names.length > maxTensors) {
    throw damaged(path, `describes ${names.length} tensors, more than ${maxTensors}`)
  }
  const tensors = names.map((name) => headerTensor(name, rest[name], path))
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end)
  return {
    tensors,
    metadata: stringMap(metadata ?? {}, path),
    dataLength: endOfTiles(tensors, path),
  }
}

function parseJson(bytes: Uint8Array, path: string): Record<string, unknown> {
  let text: string
  let root: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    root = JSON.parse(text)
  } catch (cause) {
    throw damaged(path, 'is not JSON', { cause })
  }
  if (!isRecord(root)) throw damaged(path, 'is not a JSON object')
  // JSON.parse keeps the last of two equal keys, other readers the first: such a file means two things.
  const twice = duplicateKey(text)
  if (twice !== undefined) throw damaged(path, `has the key ${quoted(twice)} twice`)
  return root
}

function headerTensor(name: string, description: unknown, path: string): HeaderTensor {
  const what = `describes ${quoted(name)} with`
  if (!isRecord(description)) throw damaged(path, `${what} no object`)
  const { dtype: type, shape, data_offsets: offsets } = description
  if (!isElementType(type)) {
    // What is no text may be anything, and to make one of it might throw.
    const given = typeof type === 'string' ? `the unknown element type ${quoted(type)}` : 'no dtype'
    throw damaged(path, `${what} ${given}`)
  }
  if (!isSizes(shape) || shape.length > maxRank) {
    throw damaged(path, `${what} a shape that is not at most ${maxRank} whole numbers`)
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw damaged(path, `${what} offsets that are not two whole numbers`)
  }
  const [begin = 0, end = 0] = offsets
  const length = checkedProduct([elementSize(type), ...shape])
  if (length !== end - begin) {
    const expected = length ?? 'too many'
    throw damaged(
      path,
      `${what} ${end - begin} bytes, but ${type} [${shape.join(', ')}] takes ${expected}`,
    )
  }
  return { name, type, shape, begin, end }
}

/** Sizes and offsets must stay exact in a double. Undefined past 2⁵³ − 1. */
function checkedProduct(factors: readonly number[]): number | undefined {
  let product = 1
  for (const factor of factors) {
    product *= factor
    if (!Number.isSafeInteger(product)) return undefined
  }
  return product
}

function endOfTiles(tensors: readonly HeaderTensor[], path: string): number {
  let end = 0
  let previous = 'the header'
  for (const tensor of tensors) {
    if (tensor.begin < end) {
      throw damaged(path, `lets ${quoted(tensor.name)} overlap ${previous}`)
    }
    if (tensor.begin > end) {
      const gap = tensor.begin - end
      throw damaged(path, `leaves ${gap} bytes between ${previous} and ${quoted(tensor.name)}`)
    }
    end = tensor.end
    previous = quoted(tensor.name)
  }
  return end
}

function stringMap(metadata: unknown, path: string): ReadonlyMap<string, string> {
  if (!isRecord(metadata)) throw damaged(path, 'has __metadata__ that is not an object')
  const map = new Map<string, string>()
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw damaged(path, `has __metadata__ whose ${quoted(key)} is not a text`)
    }
    map.set(key, value)
  }
  return map
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

/** Names come from a stranger's file: escaped, and cut to a length that a log can bear. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name)
}

function damaged(path: string, what: string, options?: ErrorOptions): Failure {
  return new Failure(
    'checkpoint-invalid',
    `${path} is damaged, its header ${what}: download it again, or get it from who made it.`,
    options,
  )
}
