/** One command from start to end: all is checked, the engine runs, and only then files appear. */
import { createHash } from 'node:crypto'
import { drawnPrompt, type Planned, type RanEnhancement } from '#contract'
import type { Generated } from '#pipeline/generate.ts'
import { encodeImage } from '#platform/image/encode.ts'
import { fitImage } from '#platform/image/fit.ts'
import { writeFileWhole } from '#platform/image/write-file.ts'
import type { Arguments } from './arguments.ts'
import { askModel } from './ask-model.ts'
import type { Config } from './config.ts'
import { makePictures, type PictureOrder } from './make-pictures.ts'
import type { OutputFiles } from './output-files.ts'
import { effectiveParameters, modelName, pictureParameters } from './parameters.ts'
import { styleOf } from './plan-run.ts'
import { prepare } from './prepare.ts'
import type { ProgressLine } from './progress-line.ts'
import type { Picture, RunReport } from './report.ts'
import { withoutEffect } from './without-effect.ts'

export interface Surroundings {
  readonly config: Config
  readonly line: ProgressLine
  readonly signal: AbortSignal
}

/** Rejects with the Failure of what went wrong, before which nothing was written; or once `signal` is aborted. */
export async function run(
  args: Arguments,
  { config, line, signal }: Surroundings,
): Promise<RunReport> {
  const start = performance.now()
  if (args.ignored.length > 0) {
    line.notice(`${args.command} has no use for ${args.ignored.join(', ')}: ignored.`)
  }
  const { order: asked, output, readPhoto } = await prepare(args, config, line.notice)
  const { prompt, enhancement } = await enhanced(args, asked.planned, { config, line, signal })
  const order = { ...asked, planned: { ...asked.planned, prompt } }
  const { planned, checkpoint } = order

  signal.throwIfAborted()
  line.state(`opening ${checkpoint}`)
  const { info, generated, load } = await makePictures(order, {
    signal,
    onLoaded: ({ deviceNote }) => {
      if (deviceNote) line.notice(`Running on the CPU. ${deviceNote}`)
    },
    onProgress: (progress) => line.progress(progress, planned.images),
    onRetry: ({ message }) => line.notice(`${message} Trying once more, with less memory.`),
  })
  const effective = effectiveParameters(planned, generated.effective, order)
  if (effective.promptTruncated) {
    line.notice(
      `The prompt was longer than its ${effective.promptWindows} windows; the rest was not read.`,
    )
  }

  const vain = withoutEffect(args.given, effective)
  if (vain !== undefined) line.notice(vain)

  line.state('writing')
  const encoding = performance.now()
  const files = await encodeAll(generated, order, output)
  const encodeFiles = performance.now() - encoding
  signal.throwIfAborted()
  for (const { picture, bytes } of files) await writeFileWhole(picture.path, bytes)
  line.end()

  const total = performance.now() - start
  const { device, deviceNote } = info
  return {
    pictures: files.map(({ picture }) => picture),
    mode: planned.mode,
    ...{ prompt: planned.prompt, originalPrompt: args.prompt },
    ...(enhancement && { enhancement }),
    effective,
    checkpoint,
    device,
    ...(deviceNote !== undefined && { deviceNote }),
    timings: inMilliseconds({ readPhoto, load, ...generated.timings, encodeFiles, total }),
  }
}

/** What is drawn, and why it is that. COPY has no words to add to. */
async function enhanced(
  { prompt, given }: Arguments,
  { mode, prompt: drawn, promptSyntax }: Planned,
  surroundings: Surroundings,
): Promise<{ readonly prompt: string; readonly enhancement?: RanEnhancement }> {
  const isAsked =
    surroundings.config.enhancer.path !== undefined && given['as-written'] === undefined
  if (!isAsked || mode === 'copy') return { prompt: drawn }
  const style = styleOf(given)
  const wish = { prompt, mode, contentMode: 'sfw', promptSyntax, style } as const
  const came = await askModel(wish, { ...surroundings, given })
  const { source, ms, fallback } = came
  return {
    prompt: drawnPrompt(mode, { prompt: came.prompt, style }),
    enhancement: { source, ms, ...(fallback !== undefined && { fallback }) },
  }
}

interface EncodedFile {
  readonly picture: Picture
  readonly bytes: Uint8Array
}

function encodeAll(
  { images, effective: ran }: Generated,
  order: PictureOrder,
  { paths, format }: OutputFiles,
): Promise<EncodedFile[]> {
  const { planned, checkpoint } = order
  const effective = effectiveParameters(planned, ran, order)
  const provenance = { mode: planned.mode, model: modelName(checkpoint), made: new Date() }
  return Promise.all(
    images.map(async ({ seed, image: drawn }, i) => {
      const path = paths[i]
      if (path === undefined) throw new Error(`picture ${i + 1} of ${paths.length} has no path`)
      const image = fitImage(drawn, { ...order.size, mode: 'stretch' })
      const parameters = pictureParameters(effective, { planned, checkpoint, seed })
      const bytes = await encodeImage(image, { format, parameters, provenance })
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const { width, height } = image
      return { picture: { path, width, height, seed, format, sha256 }, bytes }
    }),
  )
}

/** To the thousandth, which is more than the clock knows. */
function inMilliseconds<T extends Readonly<Record<string, number>>>(timings: T): T {
  const rounded = Object.entries(timings).map(([name, took]) => [
    name,
    Math.round(took * 1e3) / 1e3,
  ])
  return { ...timings, ...Object.fromEntries(rounded) }
}
