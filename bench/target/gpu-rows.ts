/** What is demanded of a GPU: of the cards that were measured, and what the others would come to. */
import { z } from 'zod'
import { type GpuPeak, gpuPeaks, listedPeak } from '../roofline/gpu-peaks.ts'
import type { ResultFile } from './result-files.ts'
import { type Demand, judge, type Measurement, type Row } from './verdict.ts'

/** Milliseconds on one card, from the newest file that has them. */
type Times = Readonly<Partial<Record<keyof typeof demands, Measurement>>>

/** DESIGN section 8: what an H100 is to reach at 1024×1024. */
const demands = {
  evaluation: { goal: 45, what: 'guided evaluation' },
  modify: { goal: 700, what: 'MODIFY' },
  copy: { goal: 120, what: 'COPY' },
} as const

/** The brief: 3 to 8 s for MODIFY, 2 to 4 for COPY, on whatever card is at hand. */
const worstCase = {
  modify: { gate: { most: 8000 }, goal: { most: 3000 } },
  copy: { gate: { most: 4000 }, goal: { most: 2000 } },
} as const

const BY = 'bench gpu'

export function gpuRows(files: readonly ResultFile[]): Row[] {
  const cards = [...new Set(files.flatMap(({ card }) => card ?? []))]
  const measured = cards.map((card) => ({ card, times: timesOn(card, files) }))
  const h100 = measured.find(({ card }) => listedPeak(card)?.name === 'H100 SXM')
  return [
    judge(
      exactness,
      firstGpu(files, ({ headline }) => headline.psnr),
    ),
    ...(['evaluation', 'modify', 'copy'] as const).map((name) => {
      const { what, goal } = demands[name]
      const demand = { what: `H100: ${what} at 1024²`, unit: 'ms', goal: { most: goal }, by: BY }
      return judge(demand, h100?.times[name])
    }),
    judge(
      compiled,
      firstGpu(
        files.filter(({ card }) => card === h100?.card),
        aheadOfCompiled,
      ),
    ),
    ...(measured.length > 0 ? measured : [undefined]).flatMap(worstCaseRows),
  ]
}

const exactness: Demand = {
  what: 'cuda lowering against portable, whole picture',
  unit: 'dB',
  gate: { least: 40 },
  by: BY,
}

const compiled: Demand = {
  what: "H100: torch.compile's time over ours, a guided evaluation",
  unit: '',
  goal: { least: 1 },
  by: BY,
}

interface Measured {
  readonly card: string
  readonly times: Times
}

function worstCaseRows(measured: Measured | undefined): Row[] {
  return (['modify', 'copy'] as const).flatMap((name) => {
    const where = measured?.card ?? 'the card at hand'
    const { what } = demands[name]
    const demand = { what: `${where}: ${what} at 1024²`, unit: 'ms', by: BY, ...worstCase[name] }
    const row = judge(demand, measured?.times[name])
    return [row, ...projections(row, measured?.card)]
  })
}

/** By arithmetic alone, to cards that nobody has tried. */
function projections({ measurement, ...demand }: Row, card: string | undefined): Row[] {
  const from = card ? listedPeak(card) : undefined
  if (!measurement || !from) return []
  const others = gpuPeaks.filter(({ name }) => name !== from.name)
  return others.map((to) => ({
    ...demand,
    what: `${to.name}: ${demand.what.split(': ')[1]}`,
    verdict: 'PROJECTED',
    measurement: { ...measurement, value: (measurement.value * rate(from)) / rate(to) },
  }))
}

/** Trillions of operations a second in half precision: the least that is claimed of it. */
const rate = ({ doubtedHalfTflops, tflops }: GpuPeak): number => doubtedHalfTflops ?? tflops.float16

/** What bench `gpu` keeps. */
const gpuFile = z.object({
  bench: z.string().startsWith('gpu-'),
  device: z.literal('cuda'),
  small: z.literal(false),
  headline: z.object({
    cfgEvaluationMs: z.number().optional(),
    modifyMs: z.number().optional(),
    copyMs: z.number().optional(),
    psnr: z.number().optional(),
  }),
  stages: z.array(
    z.object({
      stage: z.string(),
      ours: z.number().optional(),
      peer: z.object({ compiled: z.number().optional() }),
    }),
  ),
})
type GpuFile = z.infer<typeof gpuFile>

/** What bench `denoise` keeps, at the size of the demand. */
const denoiseFile = z.object({
  bench: z.string().startsWith('denoise-'),
  device: z.literal('cuda'),
  side: z.literal(1024),
  subjects: z.array(
    z.object({
      kind: z.string(),
      side: z.string(),
      totalMs: z.object({ median: z.number() }),
      evaluationMs: z.object({ median: z.number() }),
    }),
  ),
})

/** Files come newest first: what a newer one says stands. */
function timesOn(card: string, files: readonly ResultFile[]): Times {
  const times: { -readonly [Name in keyof Times]: Times[Name] } = {}
  for (const file of files.filter((one) => one.card === card)) {
    for (const [name, value] of Object.entries(timesIn(file.content))) {
      const known = name === 'evaluation' || name === 'modify' || name === 'copy'
      if (known && value !== undefined) times[name] ??= { value, file }
    }
  }
  return times
}

function timesIn(content: unknown): Readonly<Record<string, number | undefined>> {
  const { data: whole } = gpuFile.safeParse(content)
  if (whole) {
    const { cfgEvaluationMs, modifyMs, copyMs } = whole.headline
    return { evaluation: cfgEvaluationMs, modify: modifyMs, copy: copyMs }
  }
  const { data } = denoiseFile.safeParse(content)
  const of = (kind: string) =>
    data?.subjects.find((subject) => subject.kind === kind && subject.side === 'ours')
  return {
    evaluation: of('modify')?.evaluationMs.median,
    modify: of('modify')?.totalMs.median,
    copy: of('copy')?.totalMs.median,
  }
}

function firstGpu(
  files: readonly ResultFile[],
  of: (found: GpuFile) => number | undefined,
): Measurement | undefined {
  for (const file of files) {
    const { data } = gpuFile.safeParse(file.content)
    const value = data && of(data)
    if (value !== undefined) return { value, file }
  }
  return undefined
}

function aheadOfCompiled({ stages }: GpuFile): number | undefined {
  const { ours, peer } = stages.find(({ stage }) => stage === 'guided evaluation') ?? {}
  return ours && peer?.compiled && peer.compiled / ours
}
