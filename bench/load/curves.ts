/** Latency by share of jobs, a line for each mode: how HDR histograms are drawn, with the tail stretched. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { z } from 'zod'

const [WIDTH, HEIGHT] = [760, 420]
/** 0, 50, 90, 99, 99.9 and 99.99 %. */
const TICKS = [1, 2, 10, 100, 1_000, 10_000]

/** As much of what `bench -- load` keeps as is drawn. */
export const keptCurves = z.object({
  bench: z.literal('load'),
  summary: z.object({
    ended: z.number(),
    perSecond: z.number(),
    /** Milliseconds, and the share of jobs that took no longer. */
    modes: z.array(
      z.object({ mode: z.string(), curve: z.array(z.tuple([z.number(), z.number()])) }),
    ),
  }),
})

/** An SVG document. */
export function drawCurves({ summary }: Pick<z.infer<typeof keptCurves>, 'summary'>): string {
  const { ended, perSecond, modes } = summary
  const { document } = parseHTML('<!doctype html><body></body>')
  const points = modes.flatMap(({ mode, curve }) =>
    // The last one is at infinity on this axis.
    curve
      .filter(([, share]) => share < 1)
      .map(([ms, share]) => ({ mode, seconds: ms / 1_000, rarity: 1 / (1 - share) })),
  )
  const chart = Plot.plot({
    document,
    ...{ width: WIDTH, height: HEIGHT, marginLeft: 60, marginRight: 60, marginTop: 40 },
    style: { background: '#ffffff', color: '#1f2328' },
    x: {
      type: 'log',
      label: 'share of jobs that were quicker →',
      tickFormat: shareOf,
      ticks: TICKS,
    },
    y: { type: 'log', label: '↑ seconds from asked to done', grid: true },
    // Of the Okabe-Ito palette, which colour-blind readers tell apart.
    color: { legend: false, range: ['#0072b2', '#d55e00', '#009e73'] },
    marks: [
      Plot.ruleY([3, 8], { stroke: '#b5b5b5', strokeDasharray: '4,3' }),
      Plot.line(points, { x: 'rarity', y: 'seconds', stroke: 'mode', curve: 'step-after' }),
      Plot.text(
        points,
        Plot.selectLast({
          x: 'rarity',
          y: 'seconds',
          z: 'mode',
          text: 'mode',
          dx: 4,
          textAnchor: 'start',
        }),
      ),
    ],
  })
  const heading = document.createElementNS('http://www.w3.org/2000/svg', 'title')
  heading.textContent = `${ended} jobs at ${perSecond.toFixed(2)} a second`
  const svg = chart.tagName.toLowerCase() === 'svg' ? chart : chart.querySelector('svg')
  if (!svg) throw new Error('the plot has no svg')
  svg.prepend(heading)
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return `${svg.outerHTML}\n`
}

const shareOf = (rarity: number): string => `${Number((100 * (1 - 1 / rarity)).toPrecision(5))} %`
