/** `.ci/image-check`: the image's stages, built from its own lines in a Debian root, weighed, and tried as its own user. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBase } from './base.ts'
import { type BuiltStage, buildStages } from './build.ts'
import { contextOf } from './context.ts'
import { readDockerfile } from './dockerfile.ts'
import { sizeOf } from './layers.ts'
import { tryImage } from './trial.ts'

const root = join(import.meta.dirname, '..', '..')
const print = (line: string): void => console.log(line)
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`.padStart(9)

/** With CUDA's libraries, and of that what is not NVIDIA's or the base's. */
const MOST_BYTES = { whole: 6e9, ours: 600e6 } as const

const kept = join(tmpdir(), 'i2i-image')
const base = makeBase(kept)
const scratch = mkdtempSync(join(kept, 'build-'))
try {
  const stages = readDockerfile(readFileSync(join(root, 'Dockerfile.runpod'), 'utf8'))
  const context = contextOf(root)
  const built = buildStages(stages, { base: [base], scratch, root, context, print })
  const image = built.get(stages.at(-1)?.name ?? '')
  if (!image) throw new Error('the Dockerfile has no stage')
  const problems = [...weigh(image), ...tryAll(image)]
  for (const problem of problems) print(`FAIL ${problem}`)
  print(problems.length === 0 ? 'the image is as it must be' : 'the image is not as it must be')
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function weigh(image: BuiltStage): string[] {
  const baseBytes = sizeOf(base)
  print(`\n${gigabytes(baseBytes)}  base (what stands for node:24-trixie-slim)`)
  for (const { step, bytes } of image.weights) print(`${gigabytes(bytes)}  ${step}`)
  const whole = image.weights.reduce((sum, { bytes }) => sum + bytes, baseBytes)
  const theirs = image.weights.filter(({ step }) => /--from=(cuda|provider) /.test(step))
  const ours = whole - baseBytes - theirs.reduce((sum, { bytes }) => sum + bytes, 0)
  print(`${gigabytes(whole)}  together, ${gigabytes(ours).trim()} of it ours\n`)
  return [
    ...(whole < MOST_BYTES.whole ? [] : [`it weighs ${gigabytes(whole)}`]),
    ...(ours < MOST_BYTES.ours ? [] : [`ours in it weighs ${gigabytes(ours)}`]),
  ]
}

/** What a machine without a GPU can show. What runs on one is not tried here. */
function tryAll(image: BuiltStage): string[] {
  const trials = [
    {
      name: 'a worker without a GPU is refused in words, with the doctor’s status',
      trial: { arguments: [] },
      status: 1,
      says: [
        /^ok +CUDA provider/m,
        /CUDA libraries +the loader finds no libcuda\.so\.1, which comes with the driver/,
        /^ok +cuDNN/m,
        /missing +GPU /,
        /stand in the way: .*GPU/,
      ],
    },
    {
      name: 'ONNX Runtime and sharp run in it',
      trial: { arguments: ['doctor'], variables: { DEVICE: 'cpu' } },
      status: 0,
      says: [/^ok +ONNX Runtime +\S+, runs on linux x64/m, /^ok +sharp/m],
    },
    {
      name: 'the gateway starts, and says what it is not told',
      trial: { arguments: ['gateway'], variables: { QUEUE_POP: 'up' } },
      status: 1,
      says: [/QUEUE_POP/],
    },
    {
      name: 'a database of its own is made in /data, the only place that it writes to but /tmp',
      trial: { arguments: ['keys', 'create', '--user', 'ops'] },
      status: 0,
      says: [/^i2i_live_\w+/m],
    },
    {
      name: 'what can be set is told without a GPU',
      trial: { arguments: ['worker', '--help'] },
      status: 0,
      says: [/REDIS_URL/],
    },
    {
      name: 'checkpoints can be fetched with it',
      trial: { arguments: ['models', '--help'] },
      status: 0,
      says: [/pull/],
    },
    {
      name: 'what it does not run is refused',
      trial: { arguments: ['bash'] },
      status: 2,
      says: [/not bash/],
    },
  ]
  return trials.flatMap(({ name, trial, status, says }) => {
    const end = tryImage(image, scratch, trial)
    const isAsItMust = end.status === status && says.every((words) => words.test(end.said))
    print(`${isAsItMust ? 'ok  ' : 'FAIL'} ${name}`)
    return isAsItMust ? [] : [`${name}: status ${end.status}\n${end.said}`]
  })
}
