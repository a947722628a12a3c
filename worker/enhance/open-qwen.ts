/** A folder of Qwen 2.5 as something that continues texts: first looked at, then opened on a device. */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openQwen2Folder, type Qwen2Checkpoint } from '#models/checkpoints/qwen2-folder.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph, type GraphPrecision } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { qwen2Continuation } from '#models/networks/qwen2.ts'
import { openQwenTokenizer, type QwenTokenizer } from '#models/tokenizers/qwen.ts'
import { chooseDevice } from '#worker/engine/choose-device.ts'
import { type Device, openSession } from '#worker/engine/session.ts'
import { type Continuer, type ContinueSession, createContinuer } from './continuer.ts'
import { fourBitsOf } from './four-bits-of.ts'
import type { EnhancerInfo, LoadProgress, QwenPlace, WeightForm } from './messages.ts'
import { chooseWeights, qwenBytes } from './qwen-size.ts'
import { roomBesideEngine } from './room.ts'

export interface CheckedQwen {
  readonly info: EnhancerInfo
  /** Reads the weights, and rounds them first where that was not done before. */
  readonly open: (onRounded: (share: LoadProgress) => void) => Promise<Continuer & AsyncDisposable>
}

/** Reads headers and the tokenizer. Throws the Failure of what will not do, with its mend. */
export async function checkQwen(place: QwenPlace): Promise<CheckedQwen> {
  const { path, gpu } = place
  const checkpoint = await openQwen2Folder(path)
  const tokenizer = await openQwenTokenizer(checkpoint)
  const chosen = await chooseDevice(place.device, gpu)
  const bytes = qwenBytes(checkpoint.config, chosen.device)
  const room = await roomBesideEngine(chosen.device, gpu)
  const weights = chooseWeights(place.weights, bytes, room)
  return {
    info: {
      ...chosen,
      weights,
      bytes: bytes[weights],
      identity: await identityOf(path, [weights, chosen.device]),
      template: tokenizer.ends.includes(TURN_END) ? 'instruct' : 'base',
    },
    open: (onRounded) =>
      open({ checkpoint, tokenizer, weights, device: chosen.device, place, onRounded }),
  }
}

/** Texts of instructed models end with a turn, those of base models with the text (`config.json`, `eos_token_id`). */
const TURN_END = '<|im_end|>'

interface Opening {
  readonly checkpoint: Qwen2Checkpoint
  readonly tokenizer: QwenTokenizer
  readonly weights: WeightForm
  readonly device: Device
  readonly place: QwenPlace
  readonly onRounded: (share: LoadProgress) => void
}

async function open(opening: Opening): Promise<Continuer & AsyncDisposable> {
  const { checkpoint, tokenizer, weights, device, place } = opening
  const { config } = checkpoint
  const fourBits =
    weights === '4bit' ? await fourBitsOf(checkpoint, { ...place, ...opening }) : undefined
  const lowering = device === 'cuda' ? cuda : portable
  const graph = new Graph('qwen2', fourBits?.words(lowering) ?? lowering, precisionOn[device])
  qwen2Continuation(graph, config)
  const model = toOnnx(graph, fourBits?.weights(checkpoint.weight) ?? checkpoint.weight)
  const session: ContinueSession = await openSession(model, {
    ...{ device, threads: place.threads, mayUseCpu: true },
    // In place every weight would be widened anew at each token.
    weights: 'prepared',
  })
  return {
    ...createContinuer({ config, session, tokenizer }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}

/** bfloat16 on CUDA, as the checkpoint is: in plain float16 Qwen's keys overflow, and it writes "!!!!" (QwenLM/Qwen3 #761). */
const precisionOn: Readonly<Record<Device, GraphPrecision>> = {
  cpu: 'float32',
  cuda: 'bfloat16',
  webgpu: 'float32',
}

/** Names, sizes and times of the folder's files, and `how` they are run. */
async function identityOf(path: string, how: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(how.join(' '))
  const names = (await readdir(path)).filter((name) => /\.(safetensors|json)$/.test(name))
  for (const name of names.toSorted()) {
    // A name of its own is no other model: the file of four bits, which may come later.
    if (name.startsWith('four-bit-')) continue
    const { size, mtimeMs } = await stat(join(path, name))
    hash.update(`\n${name} ${size} ${Math.floor(mtimeMs)}`)
  }
  return hash.digest('hex').slice(0, 16)
}
