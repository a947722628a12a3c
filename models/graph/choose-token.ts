/** The next token of a decoder, inside the graph: the likeliest, or one drawn with a number from outside. */
import type { Value } from './graph.ts'
import { reshape } from './reshape.ts'

export interface Choice {
  readonly vocabulary: number
  /** Which token this is, a scalar from 0. */
  readonly step: Value
  /** One for each step: [most]. */
  readonly draws: Value
  /** Divides the logits: [1]. */
  readonly temperature: Value
  /** Share of probability that is drawn from, likeliest tokens first: [1]. */
  readonly topP: Value
  readonly stopIds: Value
  /** Steps before which no stop id is chosen: [1]. */
  readonly least: Value
}

/** What is drawn from at most (top-k): likelier tokens come first, so that a draw of 0 takes the likeliest. */
const CANDIDATES = 64

/** From logits [1, 1, vocabulary]: token [1], the probability [1] it had among the candidates, and whether it ends the text, a scalar. */
export function chooseToken(
  logits: Value,
  { vocabulary, step, draws, temperature, topP, stopIds, least }: Choice,
): { readonly token: Value; readonly probability: Value; readonly isStop: Value } {
  const { graph } = logits
  const count = Math.min(CANDIDATES, vocabulary)
  const all = { shape: [count] }
  const flat = reshape(graph.cast(logits, 'float32'), [vocabulary], [vocabulary])
  const [values, candidates] = graph.nodeOf('TopK', [flat, graph.integers(count)], {
    ...all,
    results: [{ ...all, type: 'int64' }],
  })
  if (!candidates) throw new Error('TopK has two results')

  const stops = stopsAmong(candidates, stopIds, count)
  const early = graph.node('Less', [step, least], { shape: [1], type: 'bool' })
  const banned = graph.node('And', [early, stops], { ...all, type: 'bool' })
  const none = graph.numbers([Number.NEGATIVE_INFINITY], [1], 'float32')
  const allowed = graph.node('Where', [banned, none, values], { ...all, type: 'float32' })
  const scaled = graph.node('Div', [allowed, temperature], all)
  const probabilities = graph.node('Softmax', [scaled], { ...all, attributes: { axis: 0 } })

  const place = drawn(probabilities, topP, graph.node('Gather', [draws, step], { shape: [] }))
  const at = (x: Value) => graph.node('Gather', [x, place], { shape: [1] })
  return {
    token: at(candidates),
    probability: at(probabilities),
    isStop: reshape(at(stops), [], []),
  }
}

/** Which of `candidates` are among `stopIds`, of which there may be none. */
function stopsAmong(candidates: Value, stopIds: Value, count: number): Value {
  const { graph } = candidates
  const column = reshape(candidates, [count, 1], [count, 1])
  const equal = graph.node('Equal', [column, stopIds], { shape: [count, null], type: 'bool' })
  const numbers = graph.cast(equal, 'float32')
  const attributes = { keepdims: 0 }
  const sum = graph.node('ReduceSum', [numbers, graph.integers(1)], { shape: [count], attributes })
  return graph.cast(sum, 'bool')
}

/** The place [1] where the running sum of what top_p keeps first exceeds `draw` of the whole. */
function drawn(probabilities: Value, topP: Value, draw: Value): Value {
  const { graph, shape } = probabilities
  const axis = reshape(graph.integers(0), [], [])
  const before = graph.node('CumSum', [probabilities, axis], {
    shape,
    attributes: { exclusive: 1 },
  })
  const isKept = graph.node('Less', [before, topP], { shape, type: 'bool' })
  const zero = graph.numbers([0], [1], 'float32')
  const kept = graph.node('Where', [isKept, probabilities, zero], { shape, type: 'float32' })
  const sums = graph.node('CumSum', [kept, axis], { shape })
  const whole = graph.node('Gather', [sums, graph.integers(-1)], { shape: [1] })
  const mark = graph.node('Mul', [whole, draw], { shape: [1] })
  const passed = graph.node('LessOrEqual', [sums, mark], { shape, type: 'bool' })
  const numbers = graph.cast(passed, 'float32')
  const sum = graph.node('ReduceSum', [numbers, graph.integers(0)], { shape: [1] })
  const count = graph.cast(sum, 'int64')
  // Where the network overflowed nothing exceeds the mark, and there is no place after the last.
  return graph.node('Min', [count, graph.integers((shape[0] ?? 1) - 1)], { shape: [1] })
}
