/** Bench `peer`: one evaluation of each large network, ours against diffusers on the same cores and weights. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '#contract'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { alternate } from '../measure/alternate.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { load } from '../measure/machine.ts'
import { begin, keepResults } from '../measure/results.ts'
import { relativeError } from '../parity/distance.ts'
import { besidePeak } from '../roofline/beside-peak.ts'
import { floorOf } from '../roofline/floor.ts'
import { type Cost, networkCost } from '../roofline/network-cost.ts'
import {
  compare,
  MOST_RATIO,
  MOST_RELATIVE_ERROR,
  type Round,
  type Side,
  table,
} from './comparison.ts'
import { type PeerTask, peerFound } from './peer-task.ts'
import { networkOf, SIDE, type SubjectName, TOKENS, writeInputs } from './subjects.ts'

export interface PeerOptions {
  readonly rounds: number
  readonly evaluations: number
  readonly subjects: readonly SubjectName[]
  readonly checkpoint: string | undefined
  readonly python: string | undefined
  /** The UNet also with its weights prepared, which takes 12 GB. */
  readonly prepared: boolean
}

/** Prints a table; the last line is one JSON object. Whether every ratio is within the gate. */
export async function benchPeer(
  options: PeerOptions,
  print: (line: string) => void,
): Promise<boolean> {
  if (options.subjects.length === 0) {
    throw new Failure('request-invalid', 'Name --subject unet, vae-encoder or vae-decoder.')
  }
  const circumstances = begin()
  const checkpoint = options.checkpoint ?? (await fullSizeCheckpoint(print))
  const { found, peak } = await besidePeak('cpu', async () => {
    const done = []
    for (const subject of options.subjects) {
      done.push({ subject, ...(await runSubject(subject, checkpoint, { ...options, print })) })
    }
    return done
  })
  const comparisons = found.map((ran) => {
    const floor = peak && floorOf(costOf(ran.subject), 'float32', peak)
    return { ...compare(ran.rounds, floor), ...ran }
  })
  for (const line of table(comparisons)) print(line)

  const maxRelativeError = Math.max(...comparisons.map((comparison) => comparison.relativeError))
  const passes =
    comparisons.every(({ ratio }) => ratio <= MOST_RATIO) &&
    // Or it was not the same thing that was timed.
    maxRelativeError <= MOST_RELATIVE_ERROR
  const verdict = passes ? 'PASS' : 'FAIL'
  const suffix = options.subjects.length === 1 ? `-${options.subjects[0]}` : ''
  const results = await keepResults(`peer${suffix}-cpu`, circumstances, {
    peer: comparisons[0]?.rounds.find(({ side }) => side === 'peer')?.versions ?? {},
    what: `one evaluation at ${SIDE}×${SIDE}, batch 1, ${TOKENS} tokens, float32 on both sides`,
    threads: availableParallelism(),
    peak,
    gate: { mostRatio: MOST_RATIO, mostRelativeError: MOST_RELATIVE_ERROR },
    verdict,
    subjects: comparisons,
  })
  const ratios = Object.fromEntries(comparisons.map(({ subject, ratio }) => [subject, ratio]))
  print(JSON.stringify({ bench: 'peer', verdict, ratios, maxRelativeError, results }))
  return passes
}

/** Each side in turn, `rounds` times, in a process of its own. */
async function runSubject(
  subject: SubjectName,
  checkpoint: string,
  { rounds, evaluations, prepared, python, print }: PeerOptions & { print(line: string): void },
): Promise<{ readonly rounds: readonly Round[]; readonly relativeError: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-peer-'))
  try {
    const inputs = join(folder, 'inputs.safetensors')
    await writeInputs(subject, inputs, SIDE)
    // The VAE's weights are prepared in any case.
    const sides: readonly Side[] =
      prepared && subject === 'unet' ? ['ours', 'ours prepared', 'peer'] : ['ours', 'peer']
    const done: Round[] = []
    for (const side of alternate(sides, rounds)) {
      const task: PeerTask = {
        subject,
        checkpoint,
        weights: side === 'ours prepared' ? 'prepared' : 'default',
        inputs,
        output: join(folder, side),
        evaluations,
        threads: availableParallelism(),
        device: 'cpu',
        precision: 'float32',
      }
      const script = new URL(side === 'peer' ? 'peer.py' : 'ours-once.ts', import.meta.url)
      const found = await freshProcess({
        script,
        task,
        found: peerFound,
        ...(python && { python }),
      })
      done.push({ side, ...found, loadAverage: load() })
      const times = found.evaluationsMs.map((ms) => (ms / 1000).toFixed(2)).join(' ')
      print(`${subject}, ${side}: ${times} s`)
    }
    const theirs = await floats(join(folder, 'peer'))
    const errors = sides.map(async (side) =>
      relativeError(await floats(join(folder, side)), theirs),
    )
    return { rounds: done, relativeError: Math.max(...(await Promise.all(errors))) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Of ours as it runs by default: the UNet's weights in place, those of the VAE prepared. */
const costOf = (subject: SubjectName): Cost =>
  networkCost(networkOf[subject], {
    size: { width: SIDE, height: SIDE },
    device: 'cpu',
    precision: 'float32',
    weights: subject === 'unet' ? 'in-place' : 'prepared',
  })

async function floats(path: string): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await readFile(path)
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}
