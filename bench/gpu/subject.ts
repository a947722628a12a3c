/** One network of a checkpoint, opened as told, with inputs to run it on: what most parts measure. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import { type Census, census } from '#models/graph/census.ts'
import { Graph, type Precision, type Shape, type Value } from '#models/graph/graph.ts'
import type { FindWeight } from '#models/graph/onnx.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { clipText } from '#models/networks/clip-text.ts'
import { unet } from '#models/networks/unet.ts'
import { downscale, vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import { type Device, openSession, type Session, type WeightUse } from '#worker/engine/session.ts'
import { feedsOf, TOKENS } from './feeds.ts'
import { type LoweringName, lowerings } from './lowerings.ts'

export const subjectNames = [
  'unet',
  'vaeEncoder',
  'vaeDecoder',
  'textEncoder',
  'textEncoder2',
] as const
export type SubjectName = (typeof subjectNames)[number]

export interface SubjectOptions {
  readonly device: Device
  readonly lowering: LoweringName
  readonly precision: Precision
  /** Of the picture, which is square; null leaves sides to run time. */
  readonly pixels: number | null
  /** Of the UNet; 1 by default. */
  readonly batch?: number
  /** On a GPU prepared by default, as the engine has them; a CPU is only here to try the bench. */
  readonly weights?: WeightUse
  /** A folder and the beginning of a file's name, for the time of each node. */
  readonly profile?: string
}

/** A network and what it took to open it. */
export interface Opened<Input extends string, Output extends string> {
  readonly openMs: number
  /** Known where all sides are. */
  readonly census: Census | undefined
  readonly session: Session<Input, Output>
}

export interface Subject extends Omit<Opened<string, string>, 'session'>, AsyncDisposable {
  /** On the same random numbers each time, for a picture of `pixels`; the network's first output. */
  run(pixels: number): Promise<Float32Array>
}

export async function openSubject(
  checkpoint: Checkpoint,
  name: SubjectName,
  options: SubjectOptions,
): Promise<Subject> {
  const { session, ...opened } = await openNetwork<string, string>(checkpoint, name, options)
  const { batch = 1 } = options
  return {
    ...opened,
    async run(side) {
      const [output] = Object.values(await session.run(feedsOf(checkpoint, name, { side, batch })))
      if (!output) throw new Error(`${name} has no output`)
      return output
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}

export async function openNetwork<Input extends string, Output extends string>(
  checkpoint: Checkpoint,
  name: SubjectName,
  options: SubjectOptions,
): Promise<Opened<Input, Output>> {
  const started = performance.now()
  const { device, lowering, precision, pixels, batch = 1, profile } = options
  const graph = new Batched(name, lowerings[lowering], precision)
  graph.batch = batch
  const model = toOnnx(graph, write(graph, checkpoint, { name, pixels }))
  const session = await openSession<Input, Output>(model, {
    device,
    weights: options.weights ?? (device === 'cpu' ? 'in-place' : 'prepared'),
    threads: 0,
    ...(profile && { profile }),
  })
  const openMs = performance.now() - started
  return { openMs, census: counted(graph, pixels), session }
}

function counted(graph: Graph, pixels: number | null): Census | undefined {
  return pixels === null ? undefined : census(graph, { promptLength: TOKENS })
}

/** Networks are written for one picture at a time; here also for several, to learn what that would gain. */
class Batched extends Graph {
  batch = 1

  override input(name: string, shape: Shape, type: 'float32' | 'int64' = 'float32'): Value {
    const isPerPicture = this.batch > 1 && shape[0] === 1
    return super.input(name, isPerPicture ? [this.batch, ...shape.slice(1)] : shape, type)
  }
}

function write(
  graph: Graph,
  { unet: denoiser, vae, textEncoder, textEncoder2 }: Checkpoint,
  { name, pixels }: { readonly name: SubjectName; readonly pixels: number | null },
): FindWeight {
  const latents = pixels === null ? null : pixels / downscale(vae.config)
  const size = (side: number | null) => ({ height: side, width: side })
  switch (name) {
    case 'unet':
      unet(graph, denoiser.config, size(latents))
      return denoiser.weight
    case 'vaeEncoder':
      vaeEncoder(graph, vae.config, size(pixels))
      return vae.weight
    case 'vaeDecoder':
      vaeDecoder(graph, vae.config, size(latents))
      return vae.weight
    case 'textEncoder':
      clipText(graph, textEncoder.config)
      return textEncoder.weight
    case 'textEncoder2':
      clipText(graph, textEncoder2.config)
      return textEncoder2.weight
  }
}
