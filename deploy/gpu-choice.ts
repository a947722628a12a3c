/** Which card to rent: what it costs an hour, how long it takes for a picture, and so what a thousand pictures cost. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { GpuType } from './runpod/api.ts'

export interface GpuChoice {
  readonly id: string
  readonly memory: number
  readonly dollarsAnHour: number
  readonly availability: string
  /** Of serverless cards; null for one that is in none. */
  readonly pool: string | null
  /** Of a MODIFY at 1024 × 1024; undefined where nothing is known of the card. */
  readonly seconds: number | undefined
  readonly isMeasured: boolean
  /** Dollars for a thousand of them, from one card without a pause. */
  readonly thousand: number | undefined
}

/**
 * What is published of other engines is 0.61 s on an H100 SXM and 1.12 s on an A100 SXM for this picture, 30 and 51 %
 * of the cards' peak (perf.md 6; the floors are bench/results/roofline.json's). A projection takes the lesser share.
 */
const SHARE_OF_PEAK = 0.3

/** RunPod's names, and those of `bench roofline`. */
const cards: Readonly<Record<string, string>> = {
  'NVIDIA H200': 'H200',
  'NVIDIA H100 80GB HBM3': 'H100 SXM',
  'NVIDIA H100 PCIe': 'H100 PCIe',
  'NVIDIA A100-SXM4-80GB': 'A100 SXM 80 GB',
  'NVIDIA A100 80GB PCIe': 'A100 PCIe 80 GB',
  'NVIDIA L40S': 'L40S',
  'NVIDIA RTX 6000 Ada Generation': 'RTX 6000 Ada',
  'NVIDIA GeForce RTX 4090': 'RTX 4090',
  'NVIDIA GeForce RTX 3090': 'RTX 3090',
}

/** ONNX Runtime's provider has no machine code for these generations (worker/doctor/pinned-provider.ts). */
const UNSUPPORTED = /\b(B200|B300|GB\d+|V100|P100|MI\d+)/

/** Memory below which a picture at 1024 × 1024 is not drawn whole, in gigabytes; the enhancer has the rest. */
const LEAST_MEMORY = 16

/** How a card is rented, which its price depends on. */
export type Market = 'SECURE' | 'COMMUNITY' | 'SERVERLESS'

export interface CardSeconds {
  readonly seconds: number
  readonly isMeasured: boolean
}

/** The cheapest a picture first; what nothing is known of comes last. */
export function gpuChoices(
  types: readonly GpuType[],
  known: ReadonlyMap<string, CardSeconds>,
  market: Market,
): GpuChoice[] {
  const offered = types.filter((type) => priceOf(type, market) !== undefined)
  const fitting = offered.filter(
    ({ id, memory }) => memory >= LEAST_MEMORY && !UNSUPPORTED.test(id),
  )
  const choices = fitting.map((type) => {
    const { id, memory, availability = 'unknown', pool = null } = type
    const dollarsAnHour = priceOf(type, market) ?? 0
    const { seconds, isMeasured = false } = known.get(id) ?? known.get(cards[id] ?? '') ?? {}
    const thousand = seconds === undefined ? undefined : (dollarsAnHour / 3_600) * seconds * 1_000
    return { id, memory, pool, dollarsAnHour, availability, seconds, isMeasured, thousand }
  })
  const cost = ({ thousand = Number.POSITIVE_INFINITY }: GpuChoice) => thousand
  return choices.toSorted((a, b) => cost(a) - cost(b) || a.dollarsAnHour - b.dollarsAnHour)
}

/** Dollars an hour; undefined where it is not rented so. */
function priceOf(type: GpuType, market: Market): number | undefined {
  const { secure, community, pool, price } = type
  const [isOffered, dollars] = {
    SECURE: [secure, price.secure] as const,
    COMMUNITY: [community, price.community] as const,
    SERVERLESS: [pool != null, price.serverless] as const,
  }[market]
  // A card for nothing would be the cheapest, and be rented for what it turns out to cost.
  return isOffered && dollars && dollars > 0 ? dollars : undefined
}

const floors = z.object({
  rows: z.array(z.object({ card: z.string(), mode: z.string(), floorMs: z.number() })),
})
/** What `bench gpu` keeps, of a card as its driver names it, which is RunPod's id. */
const measured = z.object({
  bench: z.string().startsWith('gpu-'),
  device: z.literal('cuda'),
  small: z.literal(false),
  machine: z.object({ gpu: z.object({ name: z.string() }) }),
  headline: z.object({ modifyMs: z.number() }),
})

/** By RunPod's id where it was measured, by the name in `bench roofline` where not. @param folder bench/results */
export async function secondsOfCards(folder: string): Promise<Map<string, CardSeconds>> {
  const found = new Map<string, CardSeconds>()
  const roofline = floors.safeParse(await json(join(folder, 'roofline.json'))).data
  for (const { card, mode, floorMs } of roofline?.rows ?? []) {
    if (mode !== 'modify') continue
    found.set(card, { seconds: floorMs / 1_000 / SHARE_OF_PEAK, isMeasured: false })
  }
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^gpu.*\.json$/.test(name)) continue
    const run = measured.safeParse(await json(join(folder, name))).data
    if (!run) continue
    const { machine, headline } = run
    found.set(machine.gpu.name, { seconds: headline.modifyMs / 1_000, isMeasured: true })
  }
  return found
}

async function json(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

export function choiceTable(choices: readonly GpuChoice[]): string[] {
  const head = ['card', 'memory', '$ an hour', 's an image', '', '$ per 1,000', 'to be had']
  const rows = choices.map((choice) => [
    choice.id,
    `${choice.memory} GB`,
    choice.dollarsAnHour.toFixed(2),
    choice.seconds?.toFixed(2) ?? '?',
    choice.seconds === undefined ? '' : choice.isMeasured ? 'measured' : 'projected',
    choice.thousand?.toFixed(2) ?? '?',
    choice.availability.toLowerCase(),
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)))
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
