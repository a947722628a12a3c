/**
 * A graph as an ONNX model in memory. Its weights stay where the checkpoint has them: an initializer is
 * external data, a range of a file; only a weight that had to be re-laid is carried inside.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf'
import type { FileRange, StoredType, Weight } from '../checkpoints/weight.ts'
import { type Attributes, elementTypes, type Graph, type Node, type Value } from './graph.ts'
import { prune } from './prune.ts'

/** Looks a parameter up in a checkpoint. */
export type FindWeight = (name: string, shape: readonly number[]) => Weight

/** The newest that ONNX Runtime 1.29 has every kernel for (Attention came with 23). */
const OPSET = 23n
const IR_VERSION = 11n

/** ONNX's numbers for a checkpoint's types (TensorProto.DataType). */
const storedTypes: Record<StoredType, number> = {
  F32: 1,
  F16: 10,
  F64: 11,
  BF16: 16,
  F8_E4M3: 17,
  F8_E5M2: 19,
}

/** The bytes of a ModelProto, to be opened with `/` as its folder of external data. */
export function toOnnx(graph: Graph, findWeight: FindWeight): Uint8Array {
  const live = prune(graph)
  const initializer: MessageInitShape<typeof TensorProtoSchema>[] = []
  const node: MessageInitShape<typeof NodeProtoSchema>[] = []

  for (const { value, data } of live.constants) {
    initializer.push({
      name: value.name,
      dims: dims(value),
      dataType: elementTypes[value.type],
      rawData: bytesOf(data),
    })
  }
  for (const { name: stored, value, shape } of live.parameters) {
    const { type, bytes } = findWeight(stored, shape)
    const wanted = elementTypes[value.type]
    const dataType = storedTypes[type]
    // Its own Cast, where the checkpoint has another type than the operator takes.
    const name = dataType === wanted ? value.name : `${value.name}:${type}`
    initializer.push({ name, dims: dims(value), dataType, ...placed(bytes) })
    if (dataType !== wanted) node.push(castNode(name, value))
  }
  node.push(...live.nodes.map(nodeProto))

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
      name: graph.name,
      node: [...node, ...graph.outputs.map(({ name, value }) => named(name, value))],
      initializer,
      input: graph.inputs.map((value) => valueInfo(value.name, value)),
      output: graph.outputs.map(({ name, value }) => valueInfo(name, value)),
    },
  })
  return toBinary(ModelProtoSchema, model)
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

function nodeProto(node: Node): MessageInitShape<typeof NodeProtoSchema> {
  return {
    name: node.outputs[0].name,
    opType: node.operator,
    domain: node.domain,
    input: node.inputs.map((input) => input?.name ?? ''),
    output: node.outputs.map((output) => output?.name ?? ''),
    attribute: attributes(node.attributes),
  }
}

function castNode(from: string, to: Value): MessageInitShape<typeof NodeProtoSchema> {
  const attribute = attributes({ to: elementTypes[to.type] })
  return { name: `cast ${to.name}`, opType: 'Cast', input: [from], output: [to.name], attribute }
}

/** Gives a value the name under which the graph hands it back. */
const named = (name: string, { name: from }: Value): MessageInitShape<typeof NodeProtoSchema> => ({
  name: `output ${name}`,
  opType: 'Identity',
  input: [from],
  output: [name],
})

/** Numbers that ONNX wants as floats even where they are whole. */
const floats = new Set(['epsilon', 'scale', 'alpha'])

function attributes(all: Attributes): MessageInitShape<typeof AttributeProtoSchema>[] {
  return Object.entries(all).map(([name, value]) => {
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
