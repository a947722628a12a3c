/** Fusions over a finished graph: a list of patterns, each with what to put in the place of what it found. */
import type { Graph, Node, Value } from './graph.ts'

/** Looks at one node; undefined where its pattern does not begin there. */
export type Rewrite = (node: Node, graph: Neighbours) => Replacement | undefined

export interface Replacement {
  /** Together they must produce every value that is still needed of those removed. */
  readonly insert: readonly Node[]
  readonly remove: readonly Node[]
  /** One of those removed: the new nodes take its place in the order. */
  readonly at: Node
}

export interface Neighbours {
  /** The node that computes a value; undefined for inputs, parameters and constants. */
  producer(value: Value | null | undefined): Node | undefined
  /** Whether that one node is all that reads the value. */
  isOnlyRead(value: Value): boolean
  isParameter(value: Value): boolean
}

/** The nodes of `graph` after each rewrite of its lowering has been tried on every node, once in order. */
export function rewritten(graph: Graph): readonly Node[] {
  return graph.lowering.rewrites.reduce((nodes, rewrite) => apply(graph, nodes, rewrite), [
    ...graph.nodes,
  ] as readonly Node[])
}

function apply(graph: Graph, nodes: readonly Node[], rewrite: Rewrite): readonly Node[] {
  const neighbours = neighboursIn(graph, nodes)
  const inserted = new Map<Node, readonly Node[]>()
  const removed = new Set<Node>()
  for (const node of nodes) {
    const replacement = removed.has(node) ? undefined : rewrite(node, neighbours)
    // Two patterns that meet in one node: the first has it.
    if (!replacement || replacement.remove.some((one) => removed.has(one))) continue
    for (const one of replacement.remove) removed.add(one)
    inserted.set(replacement.at, replacement.insert)
  }
  return nodes.flatMap((node) => inserted.get(node) ?? (removed.has(node) ? [] : [node]))
}

function neighboursIn(graph: Graph, nodes: readonly Node[]): Neighbours {
  const producers = new Map<string, Node>()
  const readers = new Map<string, number>()
  const count = ({ name }: Value) => readers.set(name, (readers.get(name) ?? 0) + 1)
  for (const node of nodes) {
    for (const output of node.outputs) if (output) producers.set(output.name, node)
    for (const input of node.inputs) if (input) count(input)
  }
  for (const { value } of graph.outputs) count(value)
  return {
    producer: (value) => (value ? producers.get(value.name) : undefined),
    isOnlyRead: ({ name }) => readers.get(name) === 1,
    isParameter: ({ name }) => graph.parameters.has(name) || graph.variants.has(name),
  }
}
