/** When which job is asked for: drawn at random beforehand, or read from a recorded day. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Failure, type Mode, modes } from '#contract'
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'

export interface Arrival {
  /** Seconds from the beginning. */
  readonly at: number
  readonly mode: Mode
  /** Fields of the request that are other than the bench's own. */
  readonly body?: Readonly<Record<string, unknown>> | undefined
}

export type Mix = Readonly<Partial<Record<Mode, number>>>

export interface PoissonDay {
  /** Jobs a second. */
  readonly rate: number
  readonly seconds: number
  readonly mix: Mix
  readonly seed: number
}

/** Independent of each other and of how they are answered, as those of many people are. */
export function poissonArrivals({ rate, seconds, mix, seed }: PoissonDay): Arrival[] {
  const random = createMersenneTwister(seed)
  const uniform = () => (random() + 1) / (2 ** 32 + 1)
  const shares = modes.map((mode) => [mode, mix[mode] ?? 0] as const)
  const total = shares.reduce((sum, [, share]) => sum + share, 0)
  const arrivals: Arrival[] = []
  const pause = () => -Math.log(uniform()) / rate
  for (let at = pause(); at < seconds; at += pause()) {
    let left = uniform() * total
    const found = shares.find(([, share]) => {
      left -= share
      return left <= 0
    })
    arrivals.push({ at, mode: found?.[0] ?? 'modify' })
  }
  return arrivals
}

/** `modify:6,copy:3,txt2img:1`. Throws `request-invalid`. */
export function readMix(text: string): Mix {
  const mix: Partial<Record<Mode, number>> = {}
  for (const part of text.split(',')) {
    const [, name, share] = /^(\w+):(\d+)$/.exec(part.trim()) ?? []
    const mode = modes.find((each) => each === name)
    if (!mode || !share) {
      throw new Failure('request-invalid', `--mix takes ${modes.map((m) => `${m}:N`).join(',')}.`)
    }
    mix[mode] = Number(share)
  }
  return mix
}

const line = z.object({
  at: z.number().min(0),
  mode: z.enum(modes),
  body: z.record(z.string(), z.unknown()).optional(),
})

/** A recorded day: one JSON object a line, `{"at": SECONDS, "mode": …, "body": {…}}`. Throws `request-invalid` naming the line. */
export async function readRecording(path: string): Promise<Arrival[]> {
  const text = await readFile(path, 'utf8')
  const lines = text.split('\n').filter((each) => each.trim() !== '')
  const arrivals = lines.map((each, i) => {
    const read = line.safeParse(jsonOf(each))
    if (read.success) return read.data
    const issues = read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new Failure('request-invalid', `${path}, line ${i + 1}: ${issues.join('; ')}.`)
  })
  return arrivals.toSorted((a, b) => a.at - b.at)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const recordingOf = (arrivals: readonly Arrival[]): string =>
  arrivals.map((arrival) => `${JSON.stringify(arrival)}\n`).join('')
