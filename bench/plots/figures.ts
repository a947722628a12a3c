/** What is drawn of which results. */
import { z } from 'zod'
import { duration, percent } from '../measure/table.ts'
import { newest, type ResultFile } from '../target/result-files.ts'
import type { Bar, Figure } from './draw.ts'

/** By the name of the file that each is drawn to; those whose results are there. */
export function figures(files: readonly ResultFile[]): ReadonlyMap<string, Figure> {
  const all = [
    ['against-diffusers-cpu.svg', againstDiffusers(files)],
    ['first-picture-cpu.svg', firstPicture(files)],
    ['share-of-peak-cpu.svg', shareOfPeak(files)],
    ...gpuFigures(files),
  ] as const
  return new Map(all.flatMap(([name, figure]) => (figure ? [[name, figure] as const] : [])))
}

const side = z.object({
  evaluationMs: z.object({ median: z.number() }),
  peakMb: z.number(),
})
const peerFile = z.object({
  bench: z.literal('peer-cpu'),
  versions: z.object({ diffusers: z.string() }),
  subjects: z.array(z.object({ subject: z.string(), sides: z.object({ ours: side, peer: side }) })),
})

const seriesOf = { ours: 'ours', peer: 'diffusers' } as const

const names: Readonly<Record<string, string>> = {
  unet: 'UNet',
  'vae-encoder': 'VAE encoder',
  'vae-decoder': 'VAE decoder',
}

function againstDiffusers(files: readonly ResultFile[]): Figure | undefined {
  const kept = newest(files, peerFile)
  if (!kept) return undefined
  const { subjects, versions } = kept.found
  const bars = (
    of: (one: z.infer<typeof side>) => number,
    say: (value: number) => string,
  ): readonly Bar[] =>
    subjects.flatMap(({ subject, sides }) =>
      (['ours', 'peer'] as const).map((whose) => {
        const value = of(sides[whose])
        const group = names[subject] ?? subject
        return { group, series: seriesOf[whose], value, label: say(value) }
      }),
    )
  return {
    title: `One evaluation at 512×512, float32, against diffusers ${versions.diffusers}`,
    panels: [
      { title: 'time', bars: bars(({ evaluationMs }) => evaluationMs.median, duration) },
      { title: 'peak memory', bars: bars(({ peakMb }) => peakMb, gigabytes) },
    ],
    captions: [captionOf(kept.file)],
  }
}

const coldStartFile = z.object({
  bench: z.literal('cold-start-cpu'),
  what: z.string(),
  rows: z.array(
    z.object({
      whose: z.enum(['ours', 'peer']),
      cache: z.enum(['warm', 'cold']),
      firstPictureMs: z.object({ median: z.number() }),
      anonymousMb: z.number(),
    }),
  ),
})

function firstPicture(files: readonly ResultFile[]): Figure | undefined {
  const kept = newest(files, coldStartFile)
  if (!kept) return undefined
  const { rows, what } = kept.found
  const groups = { warm: 'file in memory', cold: 'file on the disk' } as const
  const times = rows.map(({ whose, cache, firstPictureMs: { median } }) => {
    return { group: groups[cache], series: seriesOf[whose], value: median, label: duration(median) }
  })
  const memory = rows.map(({ whose, cache, anonymousMb }) => {
    const label = gigabytes(anonymousMb)
    return { group: groups[cache], series: seriesOf[whose], value: anonymousMb, label }
  })
  return {
    title: `${what[0]?.toUpperCase()}${what.slice(1)}`,
    panels: [
      { title: 'time', bars: times },
      { title: 'memory of its own at the end', bars: memory },
    ],
    captions: [captionOf(kept.file)],
  }
}

const roofline = z.object({ share: z.number() })
const owner = z.enum(['ours', 'peer'])
const vaeFile = z.object({
  bench: z.literal('vae-cpu'),
  rows: z.array(
    z.object({ subject: z.string(), side: z.number(), whose: owner, tiled: z.boolean(), roofline }),
  ),
})
const denoiseFile = z.object({
  bench: z.string().startsWith('denoise-cpu'),
  side: z.number(),
  subjects: z.array(
    z.object({
      kind: z.enum(['modify', 'copy', 'turbo']),
      side: owner,
      roofline,
    }),
  ),
})

function shareOfPeak(files: readonly ResultFile[]): Figure | undefined {
  const [vae, denoise] = [newest(files, vaeFile), newest(files, denoiseFile)]
  const whole = (vae?.found.rows ?? []).filter(({ tiled }) => !tiled)
  const panels = [
    {
      title: 'VAE',
      bars: whole.map(({ subject, side: pixels, whose, roofline: { share } }) =>
        bar(`${names[subject] ?? subject} ${pixels}²`, seriesOf[whose], share),
      ),
    },
    {
      title: `UNet in whole pictures of ${denoise?.found.side}²`,
      bars: (denoise?.found.subjects ?? []).map(({ kind, side: whose, roofline: { share } }) =>
        bar(kindNames[kind], seriesOf[whose], share),
      ),
    },
  ].filter(({ bars }) => bars.length > 0)
  if (panels.length === 0) return undefined
  return {
    title: 'Least possible time over the time taken, float32',
    panels: panels.map((panel) => ({ ...panel, most: 1 })),
    captions: [vae, denoise].flatMap((kept) => (kept ? captionOf(kept.file) : [])),
  }
}

const kindNames = { modify: 'MODIFY, guided', copy: 'COPY', turbo: 'four unguided' } as const

const bar = (group: string, series: string, share: number): Bar => ({
  group,
  series,
  value: share,
  label: percent(share),
})

const gpuFile = z.object({
  bench: z.string().startsWith('gpu-'),
  device: z.literal('cuda'),
  small: z.literal(false),
  stages: z.array(
    z.object({
      stage: z.string(),
      ours: z.number().optional(),
      share: z.number().optional(),
      peer: z.record(z.string(), z.number().optional()),
    }),
  ),
})

/** One a card: every stage that both sides ran. */
function gpuFigures(files: readonly ResultFile[]): (readonly [string, Figure | undefined])[] {
  return files.flatMap((file) => {
    const { data } = gpuFile.safeParse(file.content)
    if (!data) return []
    const bars = data.stages.flatMap(({ stage, ours, peer }) => {
      const sides = Object.entries({ ours, ...peer })
      return sides.flatMap(([series, value]) =>
        value === undefined ? [] : { group: stage, series, value, label: duration(value) },
      )
    })
    const shares = data.stages.flatMap(({ stage, share }) =>
      share ? bar(stage, 'ours', share) : [],
    )
    const panels = [
      { title: 'time', bars },
      { title: 'share of the peak', bars: shares, most: 1 },
    ].filter((panel) => panel.bars.length > 0)
    const title = `1024×1024 on ${file.machine}, against diffusers`
    const figure = { title, panels, captions: [captionOf(file)] }
    return [[file.file.replace(/json$/, 'svg'), panels.length > 0 ? figure : undefined] as const]
  })
}

const gigabytes = (mb: number): string => `${(mb / 1000).toFixed(1)} GB`

/** Where the numbers of a drawing come from. */
export const captionOf = ({ file, commit, machine, date }: ResultFile): string =>
  `${file}, commit ${commit}, ${machine}, ${date.slice(0, 10)}`
