/** Everything that can be found out before the engine starts, so that errors come in moments. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Drawing,
  type Planned,
  type RgbImage,
  readServedSizes,
  resizes,
  type Size,
  serve,
} from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { type AskedLora, openLoras } from '#models/lora/open-loras.ts'
import { downscale } from '#models/networks/vae.ts'
import { encodeImage } from '#platform/image/encode.ts'
import { fitImage } from '#platform/image/fit.ts'
import { readImageFile } from '#platform/image/read-file.ts'
import type { Arguments } from './arguments.ts'
import { chooseCheckpoint } from './choose-checkpoint.ts'
import { chooseLoras } from './choose-loras.ts'
import { chooseSize, requireSizeForm } from './choose-size.ts'
import { type Config, deviceChoices, MAX_THREADS } from './config.ts'
import type { PictureOrder } from './make-pictures.ts'
import { countOf, oneOf } from './option-values.ts'
import { type OutputFiles, outputFiles } from './output-files.ts'
import { effectiveParameters, pictureParameters } from './parameters.ts'
import { planRun } from './plan-run.ts'

export interface Prepared {
  readonly order: PictureOrder
  readonly output: OutputFiles
  /** Milliseconds that reading and decoding the photo took. */
  readonly readPhoto: number
}

/** Throws the Failure of the first thing that stands in the way. */
export async function prepare(
  args: Arguments,
  config: Config,
  notice: (text: string) => void,
): Promise<Prepared> {
  const { given, photo: path } = args
  const { loras, turbo } = await chooseLoras(given, config)
  const planned = planRun(args, { ...config, turbo })
  const device = oneOf(given, 'device', deviceChoices) ?? config.device
  const threads = countOf(given, 'threads', MAX_THREADS) ?? config.threads
  const mode = oneOf(given, 'resize', resizes) ?? 'cover'
  requireSizeForm(given)
  const output = await outputFiles(args, { folder: config.folder, images: planned.images })

  const start = performance.now()
  const photo = path === undefined ? undefined : await readImageFile(resolve(config.folder, path))
  const readPhoto = performance.now() - start

  const named = given.checkpoint ?? config.checkpoint
  const { path: checkpoint, pictures } = await chooseCheckpoint({
    named: named === undefined ? undefined : resolve(config.folder, named),
    root,
  })
  if (pictures === 'nonsense') notice(NONSENSE)
  const nativeSize = await nativeSizeOf(checkpoint, loras)
  const asked = chooseSize(given, { mode: planned.mode, photo, nativeSize })
  const { drawn, delivered } = drawing(
    planned,
    asked,
    readServedSizes(config.servedSizes, nativeSize),
  )
  if (drawn !== asked) {
    notice(`Drawn at ${drawn.width} × ${drawn.height}, the nearest of $SERVED_SIZES.`)
  }
  const order = { planned, size: delivered, drawn, checkpoint, loras, device, threads }
  await tryWriting(order, output.format)
  const isStretched = drawn !== delivered
  const reference = photo && fitImage(photo, { ...drawn, mode: isStretched ? 'stretch' : mode })
  return { order: { ...order, reference }, output, readPhoto }
}

const NONSENSE =
  'No checkpoint was named, so a toy network of random weights draws nonsense. Name a real one with --checkpoint FILE.safetensors.'

/** The project's own folder. */
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where nothing is evaluated nothing is drawn: the photo is only resized. */
function drawing(
  { mode, evaluations }: Planned,
  asked: Size,
  served: readonly Size[] | undefined,
): Drawing {
  return serve(asked, mode, evaluations === 0 ? undefined : served)
}

/** Reads headers only, and refuses here what the engine would refuse a second later. */
async function nativeSizeOf(path: string, loras: readonly AskedLora[]): Promise<number> {
  const checkpoint = await openCheckpoint(path)
  await openLoras(checkpoint, loras)
  return checkpoint.unet.config.sampleSize * downscale(checkpoint.vae.config)
}

/** JPEG and WebP hold only so much of a prompt: a dot of a picture shows whether it is too much. */
async function tryWriting(
  order: Omit<PictureOrder, 'reference'>,
  format: OutputFiles['format'],
): Promise<void> {
  const { planned, checkpoint } = order
  const dot: RgbImage = { width: 1, height: 1, data: new Uint8Array(3) }
  // Numbers as long as the ones to come may be.
  const ran = {
    startingSigma: 1 / 3,
    networkRuns: 300,
    promptTokens: 1e5,
    promptWindows: 1e5,
    promptTruncated: false,
  }
  const effective = effectiveParameters(planned, ran, order)
  const seed = Number.MAX_SAFE_INTEGER
  const parameters = pictureParameters(effective, { planned, checkpoint, seed })
  await encodeImage(dot, { format, parameters })
}
