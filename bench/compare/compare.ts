/** `bench -- compare REF`: whether the working tree is faster than a git ref, on this machine, now. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '#contract'
import type { Device } from '#worker/engine/session.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { LEAST_VALUES } from '../measure/bootstrap.ts'
import { summary } from '../measure/statistics.ts'
import { columns, duration } from '../measure/table.ts'
import { subjects } from './subjects.ts'
import { untilInterrupted } from './until-interrupted.ts'
import { compareVersions } from './versions.ts'

export interface CompareOptions {
  /** Undefined where none was named, which is refused. */
  readonly ref: string | undefined
  readonly bench: string
  readonly rounds: number
  readonly device: Device
  readonly checkpoint: string | undefined
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Prints both medians; the last line is one JSON object, raw values included. False where the working tree is slower. */
export async function benchCompare(
  { ref, bench, rounds, device, checkpoint }: CompareOptions,
  print: (line: string) => void,
): Promise<boolean> {
  if (ref === undefined) throw refusal('Name what to compare with: npm run bench -- compare REF.')
  const subject = subjects[bench]
  if (!subject) {
    throw refusal(`--bench is ${bench}: name ${Object.keys(subjects).join(', ')}.`)
  }
  if (!subject.devices.includes(device)) {
    throw refusal(
      `Bench ${bench} compares on ${subject.devices.join(', ')}: name another --device.`,
    )
  }
  if (rounds < LEAST_VALUES) {
    throw refusal(`--rounds is ${rounds}: fewer than ${LEAST_VALUES} cannot tell noise apart.`)
  }
  const found = await untilInterrupted(async (signal) => {
    const path = resolve(checkpoint ?? (await fullSizeCheckpoint(print)))
    const versions = { root: ROOT, ref, rounds, device, checkpoint: path, signal, print }
    return compareVersions(subject, versions)
  })

  const { ratio, low, high, verdict, commit, raw } = found
  const row = (name: string, values: readonly number[]) => {
    const { median, least, most } = summary(values)
    return [name, ...[median, least, most].map(duration)]
  }
  const rows = [['', 'median', 'least', 'most'], row('this tree', raw.tree), row(commit, raw.ref)]
  for (const line of columns(rows)) print(line)
  const [from, to] = [low.toFixed(3), high.toFixed(3)]
  print(`this tree over ${commit}: ${ratio.toFixed(3)}, 95 % between ${from} and ${to}: ${verdict}`)
  print(JSON.stringify({ bench: 'compare', what: bench, device, ref, ...found }))
  return verdict !== 'slower'
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
