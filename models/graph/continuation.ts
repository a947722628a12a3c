/**
 * A decoder as the body of an ONNX Loop: one run writes a whole continuation, token after token, and the cache of
 * keys and values never leaves the session in between, where a loop around the session would copy it twice a token.
 */
import { chooseToken } from './choose-token.ts'
import type { Graph, Result, Value } from './graph.ts'
import type { Cache } from './lowering.ts'
import { reshape } from './reshape.ts'

export interface Decoder {
  readonly vocabulary: number
  /** Of the tokens before the first, one a layer: inputs of the graph. */
  readonly caches: readonly Cache[]
  /** Writes one step into `body`: `logits` [1, 1, vocabulary] of the token that follows `ids` [1, length]. */
  readonly decode: (
    body: Graph,
    tokens: { readonly ids: Value; readonly caches: readonly Cache[] },
  ) => { readonly logits: Value; readonly caches: readonly Cache[] }
}

/**
 * Inputs beside the caches: `input_ids` [1, length], at least one; `stop_ids` [any], after one of which it ends;
 * `draws` [most], one number in [0, 1) for each token that may be written, 0 for the likeliest; `temperature` [1] above
 * 0; `top_p` [1], the share of probability that is drawn from; `least` [1], tokens before which no stop id is written.
 *
 * Outputs: `tokens` [written, 1], the stop id too, exact since all are below 2²⁴; `probabilities` [written, 1] that each had
 * before top_p, not a number where the network overflowed; `present.N.key` and `.value`, without the last token.
 */
export function continuation(graph: Graph, { vocabulary, caches, decode }: Decoder): void {
  if (vocabulary > 2 ** 24) throw new Error(`${vocabulary} tokens do not fit into a float32`)
  const prompt = graph.input('input_ids', [1, null], 'int64')
  const stopIds = graph.input('stop_ids', [null], 'int64')
  const draws = graph.carried('draws', [null], 'float32')
  const temperature = graph.carried('temperature', [1], 'float32')
  const topP = graph.carried('top_p', [1], 'float32')
  const least = graph.input('least', [1], 'int64')

  const body = graph.inner('step')
  const step = body.carried('number', [], 'int64')
  body.carried('goes_on', [], 'bool')
  const ids = body.carried('ids', [1, null], 'int64')
  const past = caches.map(({ key, value }, layer) => ({
    key: body.carried(`past.${layer}.key`, key.shape, key.type),
    value: body.carried(`past.${layer}.value`, value.shape, value.type),
  }))
  const { logits, caches: present } = decode(body, { ids, caches: past })
  const { token, probability, isStop } = chooseToken(logits, {
    vocabulary,
    step,
    ...{ draws, temperature, topP, stopIds, least },
  })
  body.output('next.goes_on', body.node('Not', [isStop], { shape: [] }), 'bool')
  body.output('next.ids', reshape(token, [1, 1], [1, 1]), 'int64')
  for (const [layer, { key, value }] of present.entries()) {
    body.output(`present.${layer}.key`, key, key.type)
    body.output(`present.${layer}.value`, value, value.type)
  }
  body.output('token', token, 'int64')
  body.output('probability', probability)

  const flat = caches.flatMap(({ key, value }) => [key, value])
  const most = graph.node('Shape', [draws], { shape: [1], type: 'int64' })
  const yes = graph.cast(graph.integers(1), 'bool')
  const grown: Result[] = flat.map(({ shape, type }) => {
    return { shape: shape.map((side, axis) => (axis === 2 ? null : side)), type }
  })
  const [, ...results] = graph.nodeOf(
    'Loop',
    [reshape(most, [], []), reshape(yes, [], []), prompt, ...flat],
    {
      shape: [1, null],
      type: 'int64',
      attributes: { body },
      results: [
        ...grown,
        { shape: [null, 1], type: 'int64' },
        { shape: [null, 1], type: 'float32' },
      ],
    },
  )
  const [tokens, probabilities] = results.slice(flat.length)
  if (!tokens || !probabilities) throw new Error('the loop gave nothing back')
  graph.output('tokens', tokens)
  graph.output('probabilities', probabilities)
  for (const [i, value] of results.slice(0, flat.length).entries()) {
    graph.output(`present.${Math.floor(i / 2)}.${i % 2 === 0 ? 'key' : 'value'}`, value)
  }
}
