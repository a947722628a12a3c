/** MODIFY and COPY from a photograph to a picture through the engine's process on the GPU, after a warm-up. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mode, plan } from '#contract'
import { fitImage } from '#platform/image/fit.ts'
import { readImageFile } from '#platform/image/read-file.ts'
import { Engine } from '#worker/engine/engine.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { median } from '../measure/statistics.ts'
import { deviceOf, gpuMemory } from './device.ts'

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    checkpoint: { type: 'string' },
    size: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    steps: { type: 'string' },
  },
})
const [side, runs] = [Number(values.size), Number(values.runs)]
const size = { width: side, height: side }
const photo = await readImageFile(fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url)))
const reference = fitImage(photo, { ...size, mode: 'cover' })

const checkpoint = values.checkpoint ?? (await fullSizeCheckpoint(console.log))
const rows: Record<string, unknown>[] = []
await using engine = new Engine({ checkpoint, device: deviceOf(values.device) })
const loadMs = await timed(() => engine.load())
const warmUpMs = await timed(() => engine.warmUp())
console.log(
  `load ${loadMs.toFixed(0)} ms, warm-up ${warmUpMs.toFixed(0)} ms, ${gpuMemory() ?? '-'} MB`,
)

for (const mode of ['modify', 'copy'] as const satisfies readonly Mode[]) {
  const asked = { prompt: 'a cat in the snow', ...(values.steps && { steps: +values.steps }) }
  const request = { ...plan(mode, asked, 1), ...size, reference }
  const times: number[] = []
  let timings: unknown
  for (let i = 0; i <= runs; i++) {
    times.push(
      await timed(async () => {
        timings = (await engine.run(request)).timings
      }),
    )
  }
  const [firstMs = 0, ...steady] = times
  const row = { mode, evaluations: request.evaluations, firstMs, steadyMs: median(steady) }
  rows.push({ ...row, steady, timings, gpuMb: gpuMemory() })
  console.log(
    `${mode}: first ${firstMs.toFixed(0)} ms, then ${row.steadyMs.toFixed(0)} ms, ${gpuMemory() ?? '-'} MB`,
  )
}
console.log(JSON.stringify({ bench: 'pictures', size: side, loadMs, warmUpMs, rows }))

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
