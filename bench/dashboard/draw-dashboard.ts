/** A dashboard as SVG text: its panels in its own grid, lines over time. The same numbers give the same bytes. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { z } from 'zod'
import { escaped, FONT, GROUND, INK, MARGIN, text } from '../plots/page.ts'
import { inUnit } from './units.ts'

const keptPanel = z.object({
  title: z.string(),
  unit: z.string(),
  place: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  lines: z
    .array(z.object({ name: z.string(), values: z.array(z.number().nullable()).readonly() }))
    .readonly(),
  /** Why there is no line, as a part of a sentence. */
  empty: z.string().optional(),
})

export const keptDashboard = z.object({
  title: z.string(),
  from: z.iso.datetime(),
  /** Seconds between two values. */
  step: z.number(),
  scrapeSeconds: z.number(),
  panels: z.array(keptPanel).readonly(),
})

/** As `bench -- dashboard` keeps it. */
export type KeptDashboard = z.infer<typeof keptDashboard>
export type KeptPanel = z.infer<typeof keptPanel>

/** Pixels to a unit of Grafana's grid. */
const [ACROSS, DOWN] = [60, 32]
const [TOP, HEADING, LEGEND, GAP] = [64, 26, 34, 12]

/** Okabe and Ito's, which colour-blind readers tell apart, black as ink and yellow darker, for lines on white. */
const COLOURS = [
  ...['#0072b2', '#d55e00', '#009e73', '#cc79a7'],
  ...['#56b4e9', '#e69f00', '#1f2328', '#a89a00'],
]

/** An SVG document. @param caption where the numbers come from */
export function drawDashboard(kept: KeptDashboard, caption: string): string {
  const { title, from, step, panels } = kept
  const edge = (side: (place: KeptPanel['place']) => number) =>
    Math.max(...panels.map(({ place }) => side(place)))
  const width = ACROSS * edge(({ x, w }) => x + w) + GAP
  const bottom = TOP + DOWN * edge(({ y, h }) => y + h)
  const inner = panels.map((panel) => {
    const [x, y] = [GAP + ACROSS * panel.place.x, TOP + DOWN * panel.place.y]
    return `<g transform="translate(${x},${y})">${drawPanel(panel, { from, step })}</g>`
  })
  const height = bottom + 2 * MARGIN
  const attributes = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"`
  return `<svg ${attributes} width="${width}" height="${height}" style="color:${INK}" font-family='${FONT}'>
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="6" fill="${GROUND}" />
${text(`${title}, from ${from.slice(0, 16).replace('T', ' ')} UTC on`, { x: MARGIN, y: 32, size: 16, weight: 600 })}
${inner.join('\n')}
${text(caption, { x: MARGIN, y: bottom + MARGIN, size: 11, opacity: 0.65 })}
</svg>
`
}

type Times = Pick<KeptDashboard, 'from' | 'step'>

function drawPanel(panel: KeptPanel, times: Times): string {
  const { place, lines, empty = 'nobody knows why' } = panel
  const [width, height] = [ACROSS * place.w - GAP, DOWN * place.h - GAP]
  const frame = `<rect width="${width}" height="${height}" rx="4" fill="none" stroke="${INK}" stroke-opacity="0.15" />`
  const heading = text(panel.title, { x: 12, y: 20, size: 13, weight: 600 })
  if (lines.length === 0) {
    const words = wrapped(`Empty: ${empty}.`, Math.floor(width / 7))
    const said = words.map((line, i) =>
      text(line, { x: 12, y: height / 2 + 16 * i, size: 12, opacity: 0.65 }),
    )
    return frame + heading + said.join('')
  }
  const size = { width: width - GAP, height: height - HEADING - LEGEND }
  const chart = `<g transform="translate(0,${HEADING})">${drawLines(panel, times, size)}</g>`
  return frame + heading + chart + legend(lines, height - LEGEND + 14, width)
}

function drawLines(
  { lines, unit }: KeptPanel,
  { from, step }: Times,
  size: { readonly width: number; readonly height: number },
): string {
  const start = Date.parse(from)
  const points = lines.flatMap(({ values }, line) =>
    values.map((value, i) => ({ at: new Date(start + 1_000 * step * i), value, line })),
  )
  const most = Math.max(...points.map(({ value }) => value ?? 0))
  const { document } = parseHTML('<!doctype html><body></body>')
  const chart = Plot.plot({
    document,
    ...size,
    ...{ marginLeft: 62, marginRight: 8, marginTop: 8, marginBottom: 24 },
    style: { fontSize: '11px', color: INK, background: 'none', fontFamily: 'inherit' },
    x: {
      type: 'utc',
      label: null,
      ticks: 5,
      tickFormat: '%H:%M',
      domain: [new Date(start), points.at(-1)?.at ?? 0],
    },
    y: {
      ...{ label: null, grid: true, ticks: 4, domain: [0, most === 0 ? 1 : most * 1.05] },
      tickFormat: (value: number) => inUnit(value, unit),
    },
    color: { type: 'identity' },
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.3 }),
      Plot.line(points, {
        ...{ x: 'at', y: 'value', z: 'line', strokeWidth: 1.5 },
        stroke: ({ line }: { readonly line: number }) => colourOf(line),
      }),
    ],
  })
  return chart.outerHTML
}

/** On two lines, by what fits; whoever has more lines than that is told how many. */
function legend(lines: KeptPanel['lines'], y: number, width: number): string {
  const parts: string[] = []
  let [x, row] = [12, 0]
  for (const [i, { name }] of lines.entries()) {
    const long = 22 + 6 * name.length
    if (x > 12 && x + long > width) [x, row] = [12, row + 1]
    const isLast = row === 1 && x + long + 60 > width && i < lines.length - 1
    if (row > 1 || isLast) {
      parts.push(text(`and ${lines.length - i} more`, { x, y: y + 15, size: 11, opacity: 0.65 }))
      break
    }
    const mark = `<rect x="${x}" y="${y - 5 + 15 * row}" width="10" height="3" fill="${colourOf(i)}" />`
    parts.push(mark + text(name, { x: x + 14, y: y + 15 * row, size: 11 }))
    x += long
  }
  return parts.join('')
}

const colourOf = (line: number): string => COLOURS[line % COLOURS.length] ?? INK

function wrapped(words: string, most: number): string[] {
  const lines = ['']
  for (const word of words.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (longer.length <= most) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
