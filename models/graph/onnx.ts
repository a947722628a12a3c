/**
 * A graph as an ONNX model in memory. Its weights stay where the checkpoint has them: an initializer is
 * external data, a range of a file; only a weight that had to be re-laid is carried inside.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf'
import type { FileRange, Weight } from '../checkpoints/weight.ts'
import { type Attributes, elementTypes, Graph, type Node, type Value } from './graph.ts'
import { prune } from './prune.ts'

/** Looks a parameter up in a checkpoint. */
export type FindWeight = (name: string, shape: readonly number[]) => Weight

/** The newest that ONNX Runtime 1.29 has every kernel for (Attention came with 23). */
const OPSET = 23n
const IR_VERSION = 11n

/** ONNX's numbers for a checkpoint's types (TensorProto.DataType). */
const storedTypes: Record<Weight['type'], number> = {
  U8: 2,
  F32: 1,
  F16: 10,
  F64: 11,
  BF16: 16,
  F8_E4M3: 17,
  F8_E5M2: 19,
}

/** A parameter as it is stored, and whether some operator reads it in the type of its value. */
interface Stored {
  readonly value: Value
  readonly weight: Weight
  isReadWhole: boolean
}

/** A GraphProto whose initializers are constants alone. */
interface GraphParts {
  readonly name: string
  readonly node: readonly MessageInitShape<typeof NodeProtoSchema>[]
  readonly initializer: readonly MessageInitShape<typeof TensorProtoSchema>[]
  readonly input: MessageInitShape<typeof ValueInfoProtoSchema>[]
  readonly output: MessageInitShape<typeof ValueInfoProtoSchema>[]
}

/** What a graph and those inside it read of the checkpoint, by the names of values. */
type StoredParameters = Map<string, Stored>

/** The bytes of a ModelProto, to be opened with `/` as its folder of external data. */
export function toOnnx(graph: Graph, findWeight: FindWeight): Uint8Array {
  const stored: StoredParameters = new Map()
  const whole = graphParts(graph, findWeight, stored)
  const initializer: MessageInitShape<typeof TensorProtoSchema>[] = []
  const casts: MessageInitShape<typeof NodeProtoSchema>[] = []
  // Those of bodies too: weights in the graph itself are folded and packed once, in a body they are held twice.
  for (const one of stored.values()) {
    const { value, weight, isReadWhole } = one
    initializer.push({
      name: storedName(one),
      dims: dims(value),
      dataType: storedTypes[weight.type],
      ...placed(weight.bytes),
    })
    if (isReadWhole && isOtherType(one)) casts.push(castNode(storedName(one), value))
  }

  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'i2i',
    opsetImport: [
      { domain: '', version: OPSET },
      { domain: 'com.microsoft', version: 1n },
      // The domain mirrors standard ONNX, version by version.
      { domain: 'com.ms.internal.nhwc', version: OPSET },
    ],
    graph: {
      ...whole,
      node: [...casts, ...whole.node],
      initializer: [...whole.initializer, ...initializer],
    },
  })
  return toBinary(ModelProtoSchema, model)
}

/** All but the parameters, its own and those of graphs inside it, which go to `stored`. */
function graphParts(graph: Graph, findWeight: FindWeight, stored: StoredParameters): GraphParts {
  const live = prune(graph)
  for (const { name, value, shape } of live.parameters) {
    stored.set(value.name, { value, weight: findWeight(name, shape), isReadWhole: false })
  }
  for (const { value } of graph.outputs) readWhole(value, stored)
  const attribute = (all: Attributes) =>
    attributes(all, (body) => {
      const { node, initializer, ...rest } = graphParts(body, findWeight, stored)
      return { ...rest, node: [...node], initializer: [...initializer] }
    })
  const node = live.nodes.flatMap((one) => nodeProtos(one, attribute(one.attributes), stored))
  return {
    name: graph.name,
    node: [...node, ...graph.outputs.map(({ name, value }) => handedBack(name, value))],
    initializer: live.constants.map(
      ({ value, data }): MessageInitShape<typeof TensorProtoSchema> => ({
        name: value.name,
        dims: dims(value),
        dataType: elementTypes[value.type],
        rawData: bytesOf(data),
      }),
    ),
    input: graph.inputs.map((value) => valueInfo(value.name, value)),
    output: graph.outputs.map(({ name, value }) => valueInfo(name, value)),
  }
}

const isOtherType = ({ value, weight }: Stored): boolean =>
  storedTypes[weight.type] !== elementTypes[value.type]

/** The Cast of a weight of another type than the operator takes has the value's own name. */
const storedName = (one: Stored): string =>
  isOtherType(one) ? `${one.value.name}:${one.weight.type}` : one.value.name

function readWhole({ name }: Value, stored: StoredParameters): string {
  const parameter = stored.get(name)
  if (parameter) parameter.isReadWhole = true
  return name
}

function placed(bytes: FileRange | Uint8Array): MessageInitShape<typeof TensorProtoSchema> {
  if (bytes instanceof Uint8Array) return { rawData: owned(bytes) }
  return {
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      // Relative to `/`, which is what ONNX Runtime is told to be the model's folder.
      { key: 'location', value: bytes.file.replace(/^\/+/, '') },
      { key: 'offset', value: String(bytes.offset) },
      { key: 'length', value: String(bytes.length) },
    ],
  }
}

function nodeProtos(
  node: Node,
  attribute: MessageInitShape<typeof AttributeProtoSchema>[],
  stored: StoredParameters,
): MessageInitShape<typeof NodeProtoSchema>[] {
  const { operator, domain, inputs, outputs } = node
  const [first, ...others] = inputs
  const [result] = outputs
  const table = operator === 'Gather' && first ? stored.get(first.name) : undefined
  const named = (input: Value | null) => (input ? readWhole(input, stored) : '')
  const proto = {
    name: result.name,
    opType: operator,
    domain,
    output: outputs.map((output) => output?.name ?? ''),
    attribute,
  }
  if (table && isOtherType(table) && rowTypes.has(table.weight.type)) {
    // The rows that are asked for are converted, rather than all of a vocabulary.
    const rows = `${result.name}:${table.weight.type}`
    const input = [storedName(table), ...others.map(named)]
    return [{ ...proto, input, output: [rows] }, castNode(rows, result)]
  }
  return [{ ...proto, input: inputs.map(named) }]
}

/** Types that every provider looks rows up in. */
const rowTypes: ReadonlySet<Weight['type']> = new Set(['F16', 'BF16'])

function castNode(from: string, to: Value): MessageInitShape<typeof NodeProtoSchema> {
  const attribute = [{ name: 'to', type: AttributeType.INT, i: BigInt(elementTypes[to.type]) }]
  return { name: `cast ${to.name}`, opType: 'Cast', input: [from], output: [to.name], attribute }
}

/** Gives a value the name under which the graph hands it back. */
const handedBack = (
  name: string,
  { name: from }: Value,
): MessageInitShape<typeof NodeProtoSchema> => ({
  name: `output ${name}`,
  opType: 'Identity',
  input: [from],
  output: [name],
})

/** Numbers that ONNX wants as floats even where they are whole. */
const floats = new Set(['epsilon', 'scale', 'alpha'])

function attributes(
  all: Attributes,
  bodyOf: (graph: Graph) => MessageInitShape<typeof GraphProtoSchema>,
): MessageInitShape<typeof AttributeProtoSchema>[] {
  return Object.entries(all).map(([name, value]) => {
    if (value instanceof Graph) {
      return { name, type: AttributeType.GRAPH, g: bodyOf(value) }
    }
    if (typeof value === 'string') {
      return { name, type: AttributeType.STRING, s: owned(Buffer.from(value)) }
    }
    if (typeof value !== 'number')
      return { name, type: AttributeType.INTS, ints: value.map(BigInt) }
    if (floats.has(name)) return { name, type: AttributeType.FLOAT, f: value }
    return { name, type: AttributeType.INT, i: BigInt(value) }
  })
}

function valueInfo(name: string, value: Value): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = value.shape.map((side, axis) =>
    side === null
      ? { value: { case: 'dimParam', value: `${name}.${axis}` } as const }
      : { value: { case: 'dimValue', value: BigInt(side) } as const },
  )
  const tensorType = { elemType: elementTypes[value.type], shape: { dim } }
  return { name, type: { value: { case: 'tensorType', value: tensorType } } }
}

const dims = ({ shape }: Value): bigint[] => shape.map((side) => BigInt(side ?? 0))

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  owned(new Uint8Array(buffer, byteOffset, byteLength))

/** A copy that owns its memory, which is what the generated types ask for. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)
