/** What is drawn of which results. */
import { z } from 'zod'
import { duration, percent } from '../measure/table.ts'
import { newest, type ResultFile } from '../target/result-files.ts'
import type { Bar, Figure } from './draw.ts'

/** By the name of the file that each is drawn to; those whose results are there. */
export function figures(files: readonly ResultFile[]): ReadonlyMap<string, Figure> {
  const all = [
    ['against-diffusers-cpu.svg', againstDiffusers(files)],
    ['share-of-peak-cpu.svg', shareOfPeak(files)],
    ...gpuFigures(files),
  ] as const
  return new Map(all.flatMap(([name, figure]) => (figure ? [[name, figure] as const] : [])))
}

const side = z.object({ evaluationMs: z.object({ median: z.number() }), peakMb: z.number() })
const peerFile = z.object({
  bench: z.literal('peer-cpu'),
  versions: z.object({ diffusers: z.string() }),
  subjects: z.array(z.object({ subject: z.string(), sides: z.object({ ours: side, peer: side }) })),
})

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
        const series = whose === 'ours' ? 'ours' : 'diffusers'
        return { group: names[subject] ?? subject, series, value, label: say(value) }
      }),
    )
  return {
    title: `One evaluation at 512×512, float32, against diffusers ${versions.diffusers}`,
    panels: [
      { title: 'time', bars: bars(({ evaluationMs }) => evaluationMs.median, duration) },
      { title: 'peak memory', bars: bars(({ peakMb }) => peakMb, gigabytes) },
    ],
    caption: captionOf(kept.file),
  }
}

const roofline = z.object({ share: z.number() })
const denoiseFile = z.object({
  bench: z.string().startsWith('denoise-cpu'),
  side: z.number(),
  subjects: z.array(
    z.object({ kind: z.string(), side: z.string(), guided: z.boolean(), roofline }),
  ),
})
const vaeFile = z.object({
  bench: z.literal('vae-cpu'),
  rows: z.array(
    z.object({
      subject: z.string(),
      side: z.number(),
      whose: z.enum(['ours', 'peer']),
      tiled: z.boolean(),
      roofline,
    }),
  ),
})

function shareOfPeak(files: readonly ResultFile[]): Figure | undefined {
  const [denoise, vae] = [newest(files, denoiseFile), newest(files, vaeFile)]
  const evaluations = (denoise?.found.subjects ?? []).filter(({ kind }) => kind === 'modify')
  const bars = [
    ...evaluations.map(({ side: whose, roofline: { share } }) => {
      const group = `UNet ${denoise?.found.side}²`
      return bar(group, whose === 'ours' ? 'ours' : 'diffusers', share)
    }),
    ...(vae?.found.rows ?? []).map(
      ({ subject, side: pixels, whose, tiled, roofline: { share } }) => {
        const series = `${whose === 'ours' ? 'ours' : 'diffusers'}${tiled ? ', tiled' : ''}`
        return bar(`${names[subject] ?? subject} ${pixels}²`, series, share)
      },
    ),
  ]
  if (bars.length === 0) return undefined
  return {
    title: 'Share of what the machine can do at most',
    panels: [{ title: 'least possible time over the time taken', bars, most: 1 }],
    caption: [denoise, vae].flatMap((kept) => (kept ? captionOf(kept.file) : [])).join(' · '),
  }
}

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
    const figure = { title, panels, caption: captionOf(file) }
    return [[file.file.replace(/json$/, 'svg'), panels.length > 0 ? figure : undefined] as const]
  })
}

const gigabytes = (mb: number): string => `${(mb / 1000).toFixed(1)} GB`

const captionOf = ({ file, commit, machine, date }: ResultFile): string =>
  `${file}, commit ${commit}, ${machine}, ${date.slice(0, 10)}`
