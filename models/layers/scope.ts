/** A place in the checkpoint: `at('conv1')` names the child, `weight` declares a tensor there. */
import type { Graph, Value } from '../graph/graph.ts'

export interface Scope {
  readonly graph: Graph
  at(...steps: (string | number)[]): Scope
  weight(name: string, ...shape: number[]): Value
}

export function scopeOf(graph: Graph, ...path: (string | number)[]): Scope {
  return {
    graph,
    at: (...steps) => scopeOf(graph, ...path, ...steps),
    weight: (name, ...shape) => graph.parameter([...path, name].join('.'), shape),
  }
}
