/** MODIFY and COPY from a photograph to a picture through the engine, as a job would have them. */
import { fileURLToPath } from 'node:url'
import { type Mode, plan } from '#contract'
import type { GenerationRequest } from '#pipeline/generate.ts'
import { fitImage } from '#platform/image/fit.ts'
import { readImageFile } from '#platform/image/read-file.ts'
import { Engine } from '#worker/engine/engine.ts'
import type { PartTask, Row, Step } from '../part-task.ts'
import { sizesOf } from '../sizes.ts'
import { elapsed, timed } from '../timing.ts'

export const steps = (task: PartTask): readonly Step[] => [
  {
    name: 'engine',
    async run(report) {
      await using engine = new Engine({ checkpoint: task.checkpoint, device: task.device })
      let info: object = {}
      const loadMs = await elapsed(async () => {
        info = await engine.load()
      })
      report({ what: 'load', loadMs, ...info })
      const warmUpMs = task.small ? 0 : await elapsed(() => engine.warmUp())
      report({ what: 'warm-up', warmUpMs })
      for (const mode of ['modify', 'copy'] as const) {
        const row = await pictures(engine, await pictureRequest(mode, task), sizesOf(task).runs)
        report({ what: mode, ...row })
        // From the start of this process: another minute of it would have to be explained.
        if (mode === 'modify') report({ what: 'cold start', ms: loadMs + warmUpMs + row.firstMs })
      }
    },
  },
]

async function pictures(
  engine: Engine,
  request: GenerationRequest,
  runs: number,
): Promise<Omit<Row, 'what'> & { readonly firstMs: number }> {
  const stages: unknown[] = []
  const timing = await timed(Math.min(runs, 5), async () => {
    stages.push((await engine.run(request)).timings)
  })
  return {
    pixels: request.width,
    evaluations: request.evaluations,
    ...timing,
    stages: stages.at(-1),
  }
}

/** The engine's defaults at the high preset: 12 guided evaluations, or one unguided. */
export async function pictureRequest(mode: Mode, task: PartTask): Promise<GenerationRequest> {
  const { side } = sizesOf(task)
  const size = { width: side, height: side }
  const asked = { prompt: 'a cat in the snow', ...(task.small && { steps: 2 }) }
  return {
    ...plan(mode, asked, 1),
    ...size,
    reference: fitImage(await readImageFile(PHOTOGRAPH), { ...size, mode: 'cover' }),
  }
}

const PHOTOGRAPH = fileURLToPath(new URL('../../../examples/cat.jpg', import.meta.url))
