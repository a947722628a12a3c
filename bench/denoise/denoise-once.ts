/** Our side of bench `denoise`: loads the engine and makes whole pictures of one kind. */
import { Engine } from '#worker/engine/engine.ts'
import { gpuMemoryMb } from '../measure/gpu.ts'
import { memory } from '../measure/process-costs.ts'
import { type DenoiseFound, type DenoiseRun, denoiseTask } from './denoise-task.ts'
import { requestOf } from './kinds.ts'

const task = denoiseTask.parse(JSON.parse(process.argv[2] ?? ''))
const { checkpoint, device, threads, kind, side } = task

await using engine = new Engine({ checkpoint, device, threads })
const loadMs = await timed(() => engine.load())
const first = await requestOf(kind, side, { first: true })
const firstMs = await timed(() => engine.run(first))

const request = await requestOf(kind, side)
const runs: DenoiseRun[] = []
for (let i = 0; i < task.runs; i++) runs.push(await watchedRun())

const gpuMb = device === 'cpu' ? undefined : gpuMemoryMb()
const found: DenoiseFound = {
  evaluations: request.evaluations,
  guided: request.guidanceScale > 1,
  loadMs,
  firstMs,
  runs,
  memory: memory(engine.pid),
  ...(gpuMb !== undefined && { gpuMb }),
}
console.log(JSON.stringify(found))

/** An evaluation lasts from the message before it to the one after it. */
async function watchedRun(): Promise<DenoiseRun> {
  const marks: number[] = []
  const started = performance.now()
  const { timings } = await engine.run(request, {
    onProgress({ stage }) {
      if (stage === 'denoise') marks.push(performance.now())
    },
  })
  const totalMs = performance.now() - started
  const evaluationsMs = marks.slice(1).map((mark, i) => mark - (marks[i] ?? 0))
  return { totalMs, evaluationsMs, stages: { ...timings } }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
