/** The graph being written: nodes in order, the parameters they name, and the shape of every value. */
import type { Lowering } from './lowering.ts'

export type ElementType = GraphPrecision | 'int64' | 'int32' | 'uint8' | 'bool'

/** The type a network computes in. Its inputs and outputs are float32 all the same. */
export type Precision = 'float32' | 'float16'

/** Decoders may also compute in bfloat16, which has the range of float32; a GPU's alone, no CPU has kernels for it. */
export type GraphPrecision = Precision | 'bfloat16'

/** One side of a shape; null where it is known at run time only. */
export type Dim = number | null
export type Shape = readonly Dim[]

/** A tensor in the graph. Images are [batch, channels, height, width], tokens [batch, length, width]. */
export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
}

/** A graph is the body of a loop. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | Graph>>

export interface Node {
  readonly operator: string
  readonly domain: Domain
  /** An optional input left out is null. */
  readonly inputs: readonly (Value | null)[]
  /** The first is always there; an optional one that nobody asked for is null. */
  readonly outputs: readonly [Value, ...(Value | null)[]]
  readonly attributes: Attributes
}

/** Standard ONNX; ONNX Runtime's fused operators; its CUDA provider's own, on channels-last images. */
export type Domain = '' | 'com.microsoft' | 'com.ms.internal.nhwc'

/** Numbers known when the graph is written, such as the target of a reshape. */
export interface Constant {
  readonly value: Value
  readonly data: Float32Array | BigInt64Array
}

export interface Parameter {
  /** As the checkpoint names it. */
  readonly name: string
  readonly value: Value
  readonly shape: readonly number[]
}

export interface NodeOptions {
  readonly shape: Shape
  readonly type?: ElementType
  readonly domain?: Domain
  readonly attributes?: Attributes
}

/** One result of an operator; by default of the first one's type. */
export type Result = Pick<NodeOptions, 'shape' | 'type'>

export class Graph {
  readonly name: string
  readonly lowering: Lowering
  readonly precision: GraphPrecision
  readonly inputs: Value[] = []
  readonly outputs: { readonly name: string; readonly value: Value }[] = []
  readonly nodes: Node[] = []
  /** By the checkpoint's names. */
  readonly parameters = new Map<string, Parameter>()
  /** Parameters that some operator takes in another type than the graph's, by their values' names. */
  readonly variants = new Map<string, Parameter>()
  readonly constants = new Map<string, Constant>()
  /** Begins the names of all values but parameters, so that a body's are not those around it. */
  #prefix = ''

  constructor(name: string, lowering: Lowering, precision: GraphPrecision = 'float32') {
    this.name = name
    this.lowering = lowering
    this.precision = precision
  }

  /** A graph to run inside this one: its nodes may read this one's inputs. */
  inner(name: string): Graph {
    const graph = new Graph(name, this.lowering, this.precision)
    graph.#prefix = `${this.#prefix}${name}/`
    return graph
  }

  /** What is fed at run time. Real numbers arrive as float32 and are brought to the graph's precision. */
  input(name: string, shape: Shape, type: 'float32' | 'int64' = 'float32'): Value {
    const value = this.#value(name, type, shape)
    this.inputs.push(value)
    return type === 'int64' ? value : this.cast(value, this.precision)
  }

  /** What a loop hands to its body, in the loop's own type. */
  carried(name: string, shape: Shape, type: ElementType): Value {
    const value = this.#value(`${this.#prefix}${name}`, type, shape)
    this.inputs.push(value)
    return value
  }

  /** What is handed back at run time, as float32; what a body hands to its loop, in a type of its own. */
  output(name: string, value: Value, type: ElementType = 'float32'): void {
    this.outputs.push({ name: `${this.#prefix}${name}`, value: this.cast(value, type) })
  }

  /** Declares a tensor of the checkpoint. Naming it twice is how weights are tied. */
  parameter(
    name: string,
    shape: readonly number[],
    type: GraphPrecision | 'uint8' = this.precision,
  ): Value {
    const known = this.parameters.get(name)
    if (!known) {
      const value = this.#value(name, type, shape)
      this.parameters.set(name, { name, value, shape })
      return value
    }
    if (known.shape.join() !== shape.join()) {
      throw new Error(`${name} is declared as [${known.shape}] and again as [${shape}]`)
    }
    return known.value
  }

  /** Real numbers, in the graph's precision unless an operator wants another. */
  numbers(
    data: readonly number[],
    shape: readonly number[] = [data.length],
    type: GraphPrecision = this.precision,
  ): Value {
    return this.cast(this.#constant('float32', Float32Array.from(data), shape), type)
  }

  /** Whole numbers: shapes, axes, positions. */
  integers(...data: number[]): Value {
    return this.#constant('int64', BigInt64Array.from(data, BigInt), [data.length])
  }

  /** Appends one operator and returns what it computes. */
  node(operator: string, inputs: readonly (Value | null)[], options: NodeOptions): Value {
    const { shape, domain = '', attributes = {} } = options
    const type = options.type ?? inputs[0]?.type ?? this.precision
    const output = this.#value(`${this.#prefix}${operator}_${this.nodes.length}`, type, shape)
    this.nodes.push({ operator, domain, inputs, outputs: [output], attributes })
    return output
  }

  /** Appends one operator of several results, and returns those beside the first. */
  nodeOf(
    operator: string,
    inputs: readonly (Value | null)[],
    { results, ...options }: NodeOptions & { readonly results: readonly Result[] },
  ): readonly [Value, ...Value[]] {
    const first = this.node(operator, inputs, options)
    const node = this.nodes.pop()
    if (!node) throw new Error('a node was not appended')
    const others = results.map(({ shape, type }, i) =>
      this.#value(`${first.name}.${i + 1}`, type ?? first.type, shape),
    )
    this.nodes.push({ ...node, outputs: [first, ...others] })
    return [first, ...others]
  }

  /** A parameter is taken from the checkpoint in that type; anything else is converted when the graph runs. */
  cast(value: Value, type: ElementType): Value {
    if (value.type === type) return value
    const parameter = this.parameters.get(value.name)
    if (parameter) return this.#variant(parameter, type)
    const attributes = { to: elementTypes[type] }
    return this.node('Cast', [value], { shape: value.shape, type, attributes })
  }

  #variant({ name, shape }: Parameter, type: ElementType): Value {
    const value = this.#value(`${name} as ${type}`, type, shape)
    const known = this.variants.get(value.name)
    if (known) return known.value
    this.variants.set(value.name, { name, value, shape })
    return value
  }

  #constant(type: ElementType, data: Constant['data'], shape: readonly number[]): Value {
    const name = `${this.#prefix}${type}[${shape}]:${data}`
    const known = this.constants.get(name)
    if (known) return known.value
    const value = this.#value(name, type, shape)
    this.constants.set(name, { value, data })
    return value
  }

  #value(name: string, type: ElementType, shape: Shape): Value {
    return { graph: this, name, type, shape }
  }
}

/** ONNX's numbers for element types (TensorProto.DataType). */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const satisfies Record<ElementType, number>

/** The number of channels of an image, or the width of a token. */
export function widthOf({ name, shape }: Value): number {
  const width = shape.length === 4 ? shape[1] : shape.at(-1)
  if (typeof width !== 'number') throw new Error(`${name} has no known width: [${shape}]`)
  return width
}
