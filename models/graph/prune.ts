/** What of a graph its outputs need: the rest (the last layer of CLIP-L, say) is described but never run. */
import type { Constant, Graph, Node, Parameter } from './graph.ts'

export interface Live {
  readonly nodes: readonly Node[]
  readonly parameters: readonly Parameter[]
  readonly constants: readonly Constant[]
}

export function prune(graph: Graph): Live {
  const needed = new Set(graph.outputs.map(({ value }) => value.name))
  const nodes = graph.nodes.toReversed().filter(({ output, inputs }) => {
    if (!needed.has(output.name)) return false
    for (const input of inputs) if (input) needed.add(input.name)
    return true
  })
  const live = <T extends Constant | Parameter>(all: Iterable<T>) =>
    [...all].filter(({ value }) => needed.has(value.name))
  return {
    nodes: nodes.reverse(),
    parameters: live(graph.parameters.values()),
    constants: live(graph.constants.values()),
  }
}
