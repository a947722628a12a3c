/** The fastest of several large float32 matrix products through a session of ours. */
import { z } from 'zod'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { openSession } from '#worker/engine/session.ts'

const { threads } = z.object({ threads: z.int() }).parse(JSON.parse(process.argv[2] ?? ''))

/** Large enough that arithmetic outweighs all else, small enough for some 50 ms. */
const SIDE = 2048
/** The fastest counts, so a few disturbed ones do no harm. */
const PRODUCTS = 20

const graph = new Graph('product', portable, 'float32')
const left = graph.input('left', [SIDE, SIDE])
const right = graph.parameter('right', [SIDE, SIDE])
// One row leaves, so that copying the answer out is no part of the time.
const product = graph.node('MatMul', [left, right], { shape: [SIDE, SIDE] })
const row = graph.node('Gather', [product, graph.integers(0)], { shape: [1, SIDE] })
graph.output('row', row)

const values = () => Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 1000) / 1000)
const model = toOnnx(graph, (_, shape) => {
  return { type: 'F32', shape, bytes: new Uint8Array(values().buffer) }
})
await using session = await openSession<'left', 'row'>(model, {
  device: 'cpu',
  weights: 'prepared',
  threads,
})
const feeds = { left: { data: values(), shape: [SIDE, SIDE] } }
let least = Number.POSITIVE_INFINITY
for (let i = 0; i < PRODUCTS; i++) {
  const started = performance.now()
  await session.run(feeds)
  least = Math.min(least, performance.now() - started)
}
console.log(JSON.stringify({ gflops: (2 * SIDE ** 3) / (least * 1e6) }))
