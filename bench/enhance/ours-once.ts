/** Our side of bench `enhance`: opens a Qwen 2.5 in this process as the enhancer does, and times what it writes. */
import { openQwen2Folder } from '#models/checkpoints/qwen2-folder.ts'
import { qwen2, qwen2Continuation } from '#models/networks/qwen2.ts'
import { continuationFeeds, type Past, pastOf, stepFeeds } from '#models/networks/qwen2-feeds.ts'
import { fourBitsOf } from '#worker/enhance/four-bits-of.ts'
import { openQwenSession } from '#worker/enhance/qwen-session.ts'
import { memory } from '../measure/process-costs.ts'
import { type EnhanceFound, enhanceTask } from './enhance-task.ts'

const task = enhanceTask.parse(JSON.parse(process.argv[2] ?? ''))
const checkpoint = await openQwen2Folder(task.folder)
const { config } = checkpoint
// Rounding is done once in a model's life, and is no part of loading.
const fourBits =
  task.weights === '4bit' ? await fourBitsOf(checkpoint, { onRounded() {} }) : undefined
const started = performance.now()
const session = await openQwenSession(checkpoint, {
  ...{ device: task.device, threads: task.threads, ...(fourBits && { fourBits }) },
  write: task.form === 'loop' ? qwen2Continuation : qwen2,
})
const loadMs = performance.now() - started

const write = task.form === 'loop' ? inOneRun : byTheToken
await write(2)
const [promptMs, allMs]: [number[], number[]] = [[], []]
let ids: readonly number[] = []
for (let i = 0; i < task.runs; i++) {
  promptMs.push(await timed(() => write(1)))
  allMs.push(
    await timed(async () => {
      ids = await write(1 + task.tokens)
    }),
  )
}
const found: EnhanceFound = { loadMs, promptMs, allMs, ids: [...ids], memory: memory() }
console.log(JSON.stringify(found))

async function inOneRun(count: number): Promise<readonly number[]> {
  const draws = Array<number>(count).fill(0)
  const { tokens } = await session.run(continuationFeeds(config, task.prompt, { draws }), [
    'tokens',
  ])
  return [...(tokens ?? [])]
}

async function byTheToken(count: number): Promise<readonly number[]> {
  const written: number[] = []
  let [next, past]: [readonly number[], Past] = [task.prompt, {}]
  while (written.length < count) {
    const outputs = await session.run(stepFeeds(config, next, past))
    const logits = outputs.logits ?? new Float32Array()
    const token = logits.reduce((best, one, id) => (one > (logits[best] ?? 0) ? id : best), 0)
    written.push(token)
    ;[next, past] = [[token], pastOf(outputs)]
  }
  return written
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}
