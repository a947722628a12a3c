/** Our side of bench `peer`: opens one network in this process, and times its evaluations. */
import { open, writeFile } from 'node:fs/promises'
import { type Checkpoint, openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { readSafetensors } from '#models/checkpoints/safetensors.ts'
import { Graph } from '#models/graph/graph.ts'
import type { FindWeight } from '#models/graph/onnx.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { unet } from '#models/networks/unet.ts'
import { vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import { sinusoid } from '#pipeline/sinusoid.ts'
import { weightUse } from '#worker/engine/precision.ts'
import { type Feed, openSession } from '#worker/engine/session.ts'
import { memory } from '../measure/process-costs.ts'
import { type PeerFound, peerTask } from './peer-task.ts'
import type { SubjectName } from './subjects.ts'

const task = peerTask.parse(JSON.parse(process.argv[2] ?? ''))

const started = performance.now()
const { graph, weight } = written(task.subject, await openCheckpoint(task.checkpoint))
const weights = task.weights === 'default' ? weightUse(graph, 'cpu') : task.weights
const session = await openSession(toOnnx(graph, weight), {
  device: 'cpu',
  weights,
  threads: task.threads,
})
const loadMs = performance.now() - started

const inputs = await readInputs(task.inputs)
const feeds = task.subject === 'unet' ? withEmbeddings(inputs) : Object.fromEntries(inputs)
const times: number[] = []
let output: Readonly<Record<string, Float32Array>> = {}
for (let i = 0; i <= task.evaluations; i++) {
  const from = performance.now()
  output = await session.run(feeds)
  times.push(performance.now() - from)
}
for (const answer of Object.values(output)) await writeFile(task.output, answer)

const [warmUpMs = 0, ...evaluationsMs] = times
const found: PeerFound = { weights, loadMs, warmUpMs, evaluationsMs, memory: memory() }
console.log(JSON.stringify(found))

/** The graph that the product opens, sides left to run time as it leaves them. */
function written(
  subject: SubjectName,
  checkpoint: Checkpoint,
): { readonly graph: Graph; readonly weight: FindWeight } {
  const graph = new Graph(subject, portable, 'float32')
  const anySize = { height: null, width: null }
  if (subject === 'unet') {
    unet(graph, checkpoint.unet.config, anySize)
    return { graph, weight: checkpoint.unet.weight }
  }
  const write = subject === 'vae-encoder' ? vaeEncoder : vaeDecoder
  write(graph, checkpoint.vae.config, anySize)
  return { graph, weight: checkpoint.vae.weight }
}

async function readInputs(path: string): Promise<Map<string, Feed>> {
  const { tensors } = await readSafetensors(path)
  await using file = await open(path)
  const feeds = new Map<string, Feed>()
  for (const [name, { shape, bytes }] of tensors) {
    const data = new Float32Array(bytes.length / 4)
    await file.read(new Uint8Array(data.buffer), 0, bytes.length, bytes.offset)
    feeds.set(name, { data, shape })
  }
  return feeds
}

/** Our UNet is told timestep and sizes as embeddings, which diffusers' makes of the numbers itself. */
function withEmbeddings(inputs: ReadonlyMap<string, Feed>): Record<string, Feed> {
  const numbers = (name: string) => Array.from(inputs.get(name)?.data ?? [], Number)
  const sizes = numbers('time_ids').flatMap((id) => [...sinusoid(id, 256)])
  const row = (data: Float32Array): Feed => ({ data, shape: [1, data.length] })
  return {
    sample: inputs.get('sample') ?? row(new Float32Array()),
    prompt: inputs.get('context') ?? row(new Float32Array()),
    timestep: row(sinusoid(numbers('timestep')[0] ?? 0, 320)),
    conditioning: row(Float32Array.from([...numbers('pooled'), ...sizes])),
  }
}
