/** Bench `vae`: encoder and decoder by themselves, whole and in tiles, time and memory, ours against diffusers. */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Device } from '#worker/engine/session.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { alternate } from '../measure/alternate.ts'
import { placeOf } from '../measure/device.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { load } from '../measure/machine.ts'
import { begin, keepResults } from '../measure/results.ts'
import { type PeerTask, peerFound } from '../peer/peer-task.ts'
import { writeInputs } from '../peer/subjects.ts'
import { besidePeak } from '../roofline/beside-peak.ts'
import { nameOf, type Round, type Setting, summarise, table, variantsOn } from './variants.ts'

export interface VaeOptions {
  readonly rounds: number
  readonly evaluations: number
  readonly device: Device
  /** Pixels on each side; by default 1024 on a GPU, 256 and 512 on a CPU. */
  readonly sides: readonly number[] | undefined
  /** Latents on each side of a tile; by default 64 or half the picture, whichever is less. */
  readonly tile: number | undefined
  readonly peer: boolean
  readonly python: string | undefined
  readonly checkpoint: string | undefined
}

/** As the engine's own: half of what SDXL was trained at. */
const MOST_TILE = 64

/** Prints a table; the last line is one JSON object. Nothing here is a gate. */
export async function benchVae(
  options: VaeOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { device } = options
  const circumstances = begin()
  const checkpoint = resolve(options.checkpoint ?? (await fullSizeCheckpoint(print)))
  const sides = options.sides ?? (device === 'cpu' ? [256, 512] : [1024])
  const { found: rounds, peak } = await besidePeak(device, async () => {
    const done: Round[] = []
    for (const side of sides) done.push(...(await runSize(side, checkpoint, { ...options, print })))
    return done
  })

  const rows = summarise(rounds, { device, peak })
  for (const line of table(rows)) print(line)
  const results = await keepResults(`vae-${placeOf(device)}`, circumstances, {
    peer: rounds.find(({ whose }) => whose === 'peer')?.versions ?? {},
    what: 'one encoding or decoding, batch 1, in a process that holds nothing else',
    device,
    peak,
    rows,
    raw: rounds,
  })
  const found = rows.map(({ subject, side, evaluationMs, ratio, ratioOfLeast, ...row }) => {
    const ms = Math.round(evaluationMs.median * 10) / 10
    return { subject, side, variant: nameOf(row), ms, ratio, ratioOfLeast }
  })
  print(JSON.stringify({ bench: 'vae', device, found, results }))
  return true
}

/** Each variant of both networks in turn, `rounds` times, in a process of its own. */
async function runSize(
  side: number,
  checkpoint: string,
  options: VaeOptions & { print(line: string): void },
): Promise<Round[]> {
  const { rounds, evaluations, device, peer, python, print } = options
  const settings = (['vae-encoder', 'vae-decoder'] as const).flatMap((subject) =>
    variantsOn(device, { peer }).map((variant): Setting => ({ subject, side, ...variant })),
  )
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-vae-'))
  try {
    const done: Round[] = []
    for (const setting of alternate(settings, rounds)) {
      const { subject, whose, precision, tiled } = setting
      const inputs = join(folder, `${subject}.safetensors`)
      await writeInputs(subject, inputs, side)
      const task: PeerTask = {
        subject,
        checkpoint,
        weights: 'default',
        inputs,
        output: join(folder, 'answer'),
        evaluations,
        threads: availableParallelism(),
        device,
        precision,
        ...(tiled && { tile: options.tile ?? Math.min(MOST_TILE, side / 16) }),
      }
      const script = whose === 'peer' ? '../peer/peer.py' : '../peer/ours-once.ts'
      const found = await freshProcess({
        script: new URL(script, import.meta.url),
        task,
        found: peerFound,
        ...(python && { python }),
      })
      done.push({ ...setting, ...found, loadAverage: load() })
      const times = found.evaluationsMs.map((ms) => (ms / 1000).toFixed(2)).join(' ')
      print(`${subject} ${side}², ${nameOf(setting)}: ${times} s`)
    }
    return done
  } finally {
    await rm(folder, { recursive: true })
  }
}
