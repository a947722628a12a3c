/** What of a graph its outputs need: the rest (the last layer of CLIP-L, say) is described but never run. */
import type { Constant, Graph, Node, Parameter } from './graph.ts'
import { rewritten } from './rewrite.ts'

export interface Live {
  readonly nodes: readonly Node[]
  readonly parameters: readonly Parameter[]
  readonly constants: readonly Constant[]
}

/** The finished graph: its lowering's rewrites applied, and only what is needed kept. */
export function prune(graph: Graph): Live {
  const needed = new Set(graph.outputs.map(({ value }) => value.name))
  const nodes = rewritten(graph)
    .toReversed()
    .filter(({ outputs, inputs }) => {
      if (!outputs.some((output) => output && needed.has(output.name))) return false
      for (const input of inputs) if (input) needed.add(input.name)
      return true
    })
  const live = <T extends Constant | Parameter>(all: Iterable<T>) =>
    [...all].filter(({ value }) => needed.has(value.name))
  return {
    nodes: nodes.reverse(),
    parameters: live([...graph.parameters.values(), ...graph.variants.values()]),
    constants: live(graph.constants.values()),
  }
}
