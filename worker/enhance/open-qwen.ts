/** A folder of Qwen 2.5 as something that continues texts: first looked at, then opened on a device. */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openQwen2Folder, type Qwen2Checkpoint } from '#models/checkpoints/qwen2-folder.ts'
import { qwen2Continuation } from '#models/networks/qwen2.ts'
import { openQwenTokenizer, type QwenTokenizer } from '#models/tokenizers/qwen.ts'
import { chooseDevice } from '#worker/engine/choose-device.ts'
import type { Device } from '#worker/engine/session.ts'
import { type Continuer, createContinuer } from './continuer.ts'
import { fourBitsOf } from './four-bits-of.ts'
import type { EnhancerInfo, LoadProgress, QwenPlace, WeightForm } from './messages.ts'
import { openQwenSession } from './qwen-session.ts'
import { chooseWeights, qwenBytes } from './qwen-size.ts'
import { roomBesideEngine } from './room.ts'

export interface CheckedQwen {
  readonly info: EnhancerInfo
  /** Reads the weights, and rounds them first where that was not done before. */
  readonly open: (onRounded: (share: LoadProgress) => void) => Promise<Continuer & AsyncDisposable>
}

/** Reads headers and the tokenizer. Throws the Failure of what will not do, with its mend. */
export async function checkQwen({
  hadRoom = false,
  ...place
}: QwenPlace & { readonly hadRoom?: boolean }): Promise<CheckedQwen> {
  const { path, gpu } = place
  const checkpoint = await openQwen2Folder(path)
  const tokenizer = await openQwenTokenizer(checkpoint)
  const chosen = await chooseDevice(place.device, gpu)
  const bytes = qwenBytes(checkpoint.config, chosen.device)
  const room = hadRoom ? undefined : await roomBesideEngine(chosen.device, gpu)
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

async function open({
  checkpoint,
  tokenizer,
  weights,
  place,
  ...opening
}: Opening): Promise<Continuer & AsyncDisposable> {
  const { config } = checkpoint
  const packed = { ...place, ...opening }
  const session = await openQwenSession(checkpoint, {
    ...{ device: opening.device, threads: place.threads, write: qwen2Continuation },
    ...(weights === '4bit' && { fourBits: await fourBitsOf(checkpoint, packed) }),
  })
  return {
    ...createContinuer({ config, session, tokenizer }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
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
