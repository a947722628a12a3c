/**
 * Bench `kernels`: what ONNX Runtime's CUDA provider makes of our networks, found out without a GPU. A stand-in for
 * CUDA's libraries lets it place every node, choose its kernels and lay out its memory, and computes nothing.
 */
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from '#contract'
import type { Precision } from '#models/graph/graph.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { type SubjectName, subjectNames } from '../gpu/subject.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { begin, keepResults } from '../measure/results.ts'
import { median } from '../measure/statistics.ts'
import { columns } from '../measure/table.ts'
import { buildStandIn } from './build.ts'
import { drawOnCards, outcome } from './cards.ts'
import { type KernelsFound, type KernelsTask, kernelsFound } from './kernels-task.ts'

export interface KernelsOptions {
  readonly pixels: number
  readonly checkpoint: string | undefined
}

interface Row extends KernelsFound {
  readonly architecture: string
  readonly subject: SubjectName
  readonly precision: Precision
}

/** Compute capabilities whose attention is chosen differently: Ampere, Ada, Hopper, Blackwell. */
const architectures = ['80', '89', '90', '120']

/** Prints a table; the last line is one JSON object. True: a node without a kernel ends the bench with the runtime's words. */
export async function benchKernels(
  { pixels, checkpoint: named }: KernelsOptions,
  print: (line: string) => void,
): Promise<boolean> {
  await requireProvider()
  const libraries = await buildStandIn()
  const checkpoint = named ?? (await fullSizeCheckpoint(print))
  const circumstances = begin()
  const rows: Row[] = []
  for (const architecture of architectures) {
    for (const [subject, precision] of subjects()) {
      const task = { checkpoint, subject, precision, pixels }
      const found = await inStandIn(task, { libraries, architecture })
      rows.push({ architecture, subject, precision, ...found })
      print(`${subject} in ${precision} for compute capability ${architecture}: every node placed`)
    }
  }
  for (const line of table(rows)) print(line)
  const cards = await drawOnCards({ checkpoint, pixels, libraries })
  for (const card of cards) print(`${card.freeGb} GB free: ${outcome(card)}`)
  const results = await keepResults('kernels-stand-in', circumstances, {
    what: `one run at ${pixels}×${pixels}, batch 1; no device computed, convolutions have no workspace`,
    rows,
    cards,
  })
  const [unet] = rows.filter(({ subject }) => subject === 'unet')
  print(JSON.stringify({ bench: 'kernels', rows: rows.length, unetNodes: unet?.nodes, results }))
  return true
}

/** Each network in the precision that it has on a GPU; the VAE in both that it may have. */
function subjects(): [SubjectName, Precision][] {
  return subjectNames.flatMap((name): [SubjectName, Precision][] =>
    name.startsWith('vae')
      ? [
          [name, 'float16'],
          [name, 'float32'],
        ]
      : [[name, 'float16']],
  )
}

/** Once to learn what is asked of the device, once unwatched for the time that the host takes. */
async function inStandIn(
  task: Omit<KernelsTask, 'log'>,
  { libraries, architecture }: { readonly libraries: string; readonly architecture: string },
): Promise<KernelsFound> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-stand-in-'))
  const script = new URL('kernels-once.ts', import.meta.url)
  const env = { LD_LIBRARY_PATH: libraries, STAND_IN_ARCH: architecture }
  const run = (log: string | null) =>
    freshProcess({
      script,
      task: { ...task, log },
      found: kernelsFound,
      env: log ? { ...env, STAND_IN_LOG: log } : env,
    })
  try {
    const watched = await run(join(folder, 'log'))
    const { hostMs } = await run(null)
    return { ...watched, hostMs }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function table(rows: readonly Row[]): string[] {
  const gb = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GB`
  const heads = ['arch', 'network', 'precision', 'attention', 'nodes', 'kernels', 'products']
  return columns(
    [
      [...heads, 'plans', 'in', 'out', 'memory', 'host'],
      ...rows.map(({ architecture, subject, precision, nodes, first, steady, hostMs }) => [
        architecture,
        subject,
        precision,
        attentionOf(steady),
        String(nodes),
        String(steady.launches + steady.products + steady.executed),
        String(steady.products),
        String(first.planned),
        `${steady.toDevice.copies}`,
        `${steady.toHost.copies}`,
        gb(Math.max(first.peakBytes, steady.peakBytes)),
        `${median(hostMs).toFixed(1)} ms`,
      ]),
    ],
    { left: 4 },
  )
}

/** A kernel of its own where one was launched; else it is among the plans that cuDNN executes. */
function attentionOf({ kernels }: KernelsFound['steady']): string {
  const name = Object.keys(kernels).find((kernel) => /flash|fmha|attention|softmax/i.test(kernel))
  return name?.replace(/<.*/, '') ?? 'cuDNN'
}

async function requireProvider(): Promise<void> {
  const home = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const provider = join(home, 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so')
  await access(provider).catch((cause: unknown) => {
    const what = "ONNX Runtime's CUDA provider is not installed"
    const mend = 'Fetch it: npm run doctor -- --fetch-cuda'
    throw new Failure('device-unavailable', `${what}. ${mend}`, { cause })
  })
}
