/** Our side of benches `peer` and `vae`: opens one network in this process, and times its evaluations. */
import { open, writeFile } from 'node:fs/promises'
import { type Checkpoint, openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { readSafetensors } from '#models/checkpoints/safetensors.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph } from '#models/graph/graph.ts'
import type { FindWeight } from '#models/graph/onnx.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { unet } from '#models/networks/unet.ts'
import { vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import { sinusoid } from '#pipeline/sinusoid.ts'
import { inTiles } from '#pipeline/tiling.ts'
import { weightUse } from '#worker/engine/precision.ts'
import { type Feed, openSession } from '#worker/engine/session.ts'
import { gpuMemoryMb } from '../measure/gpu.ts'
import { memory } from '../measure/process-costs.ts'
import { type PeerFound, peerTask } from './peer-task.ts'
import type { SubjectName } from './subjects.ts'

const task = peerTask.parse(JSON.parse(process.argv[2] ?? ''))
const inputs = await readInputs(task.inputs)

const started = performance.now()
const checkpoint = await openCheckpoint(task.checkpoint)
const { graph, weight } = written(task.subject, checkpoint)
const weights = task.weights === 'default' ? weightUse(graph, task.device) : task.weights
const session = await openSession(toOnnx(graph, weight), { ...task, weights })
const loadMs = performance.now() - started

const evaluate = evaluation(task.subject)
const times: number[] = []
let output: Float32Array = new Float32Array()
for (let i = 0; i <= task.evaluations; i++) {
  const from = performance.now()
  output = await evaluate()
  times.push(performance.now() - from)
}
await writeFile(task.output, output)

const [warmUpMs = 0, ...evaluationsMs] = times
const gpuMb = task.device === 'cpu' ? undefined : gpuMemoryMb()
const found: PeerFound = {
  weights,
  loadMs,
  warmUpMs,
  evaluationsMs,
  memory: memory(),
  ...(gpuMb !== undefined && { gpuMb }),
}
console.log(JSON.stringify(found))

function evaluation(subject: SubjectName): () => Promise<Float32Array> {
  const { tile } = task
  if (subject === 'unet') return () => run(withEmbeddings(inputs))
  if (!tile) return () => run(Object.fromEntries(inputs))
  const vae = checkpoint.vae.config
  const [only] = inputs
  if (!only) throw new Error(`${task.inputs} holds no input`)
  const [name, { data, shape }] = only
  if (!(data instanceof Float32Array)) throw new Error(`${name} is not of real numbers`)
  const channels = shape[1] ?? 0
  const pixels = subject === 'vae-encoder' ? 8 : 1
  const area = { height: (shape[2] ?? 0) / pixels, width: (shape[3] ?? 0) / pixels }
  const one = (piece: Float32Array, { height, width }: typeof area) =>
    run({ [name]: { data: piece, shape: [1, channels, height * pixels, width * pixels] } })
  const tiled = inTiles({ encodeImage: one, decodeLatents: one }, vae, tile)
  return subject === 'vae-encoder'
    ? () => tiled.encodeImage(data, area)
    : () => tiled.decodeLatents(data, area)
}

async function run(feeds: Readonly<Record<string, Feed>>): Promise<Float32Array> {
  const [answer] = Object.values(await session.run(feeds))
  if (!answer) throw new Error('the network answered nothing')
  return answer
}

/** The graph that the product opens: on CUDA for one size, elsewhere with sides left to run time. */
function written(
  subject: SubjectName,
  checkpoint: Checkpoint,
): { readonly graph: Graph; readonly weight: FindWeight } {
  const isCuda = task.device === 'cuda'
  const graph = new Graph(subject, isCuda ? cuda : portable, task.precision)
  const size = isCuda ? known(subject) : { height: null, width: null }
  if (subject === 'unet') {
    unet(graph, checkpoint.unet.config, size)
    return { graph, weight: checkpoint.unet.weight }
  }
  const write = subject === 'vae-encoder' ? vaeEncoder : vaeDecoder
  write(graph, checkpoint.vae.config, size)
  return { graph, weight: checkpoint.vae.weight }
}

/** Sides of what the network is fed: of the picture or latents as a whole, or of a tile of them. */
function known(subject: SubjectName): { readonly height: number; readonly width: number } {
  const images = [...inputs.values()].filter(({ shape }) => shape.length === 4)
  const side = images[0]?.shape[2] ?? 0
  const pixels = subject === 'vae-encoder' ? 8 : 1
  const fed = Math.min(side, task.tile === undefined ? side : task.tile * pixels)
  return { height: fed, width: fed }
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
