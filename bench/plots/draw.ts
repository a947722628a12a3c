/** Bars as SVG text: the same numbers give the same bytes, so that a drawing can be committed. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { escaped, FONT, GROUND, INK, MARGIN, text } from './page.ts'

export interface Bar {
  /** What is measured; bars of one group stand together. */
  readonly group: string
  readonly series: string
  readonly value: number
  /** What stands at its end. */
  readonly label: string
}

export interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
  /** Where the axis ends, if not at the greatest value. */
  readonly most?: number
}

export interface Figure {
  readonly title: string
  /** Side by side. */
  readonly panels: readonly Panel[]
  /** Where the numbers come from, a line each. */
  readonly captions: readonly string[]
}

const PANEL_WIDTH = 460
const [LABELS, NUMBERS] = [210, 76]
const BAR_HEIGHT = 24
const GROUP_GAP = 14
const [TOP, CAPTION_LINE] = [64, 16]

/** Of the Okabe-Ito palette, which colour-blind readers tell apart; whatever is not ours is grey. */
const OURS = '#0072b2'
const OTHERS = ['#8a8a8a', '#b5b5b5', '#d0d0d0']

/** An SVG document. */
export function draw({ title, panels, captions }: Figure): string {
  const drawn = panels.map(drawPanel)
  const bottom = TOP + Math.max(...drawn.map((panel) => panel.height))
  const height = bottom + captions.length * CAPTION_LINE + MARGIN
  const width = PANEL_WIDTH * panels.length
  const inner = drawn.map(({ svg }, i) => {
    const x = PANEL_WIDTH * i
    const heading = text(panels[i]?.title ?? '', { x: x + MARGIN, y: TOP - 12, size: 13 })
    return `${heading}<g transform="translate(${x},${TOP})">${svg}</g>`
  })
  const attributes = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"`
  return `<svg ${attributes} width="${width}" height="${height}" style="color:${INK}" font-family='${FONT}'>
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="6" fill="${GROUND}" />
${text(title, { x: MARGIN, y: 26, size: 16, weight: 600 })}
${inner.join('\n')}
${captions.map((line, i) => text(line, { x: MARGIN, y: bottom + (i + 1) * CAPTION_LINE, size: 11, opacity: 0.65 })).join('\n')}
</svg>
`
}

function drawPanel({ bars, most }: Panel): { readonly svg: string; readonly height: number } {
  const { document } = parseHTML('<!doctype html><body></body>')
  const groups = unique(bars.map(({ group }) => group))
  const series = unique(bars.map((bar) => bar.series))
  const height = groups.length * (series.length * BAR_HEIGHT + GROUP_GAP)
  const others = series.filter((one) => one !== 'ours')
  const colourOf = (one: string) =>
    one === 'ours' ? OURS : (OTHERS[others.indexOf(one) % OTHERS.length] ?? INK)
  const range = series.map(colourOf)
  const greatest = most ?? Math.max(...bars.map(({ value }) => value))
  const chart = Plot.plot({
    document,
    width: PANEL_WIDTH,
    height,
    margin: 0,
    marginLeft: LABELS,
    marginRight: NUMBERS,
    x: { axis: null, domain: [0, greatest] },
    y: { axis: null, domain: series, padding: 0.15 },
    fy: { axis: null, domain: groups, padding: 0.18 },
    color: { domain: series, range },
    style: { fontSize: '12px', color: INK, background: 'none', fontFamily: 'inherit' },
    marks: [
      Plot.barX(bars, { x: 'value', y: 'series', fy: 'group', fill: 'series' }),
      Plot.text(bars, {
        x: 'value',
        y: 'series',
        fy: 'group',
        text: 'label',
        textAnchor: 'start',
        dx: 5,
      }),
      Plot.text(bars, {
        y: 'series',
        fy: 'group',
        text: 'series',
        frameAnchor: 'left',
        textAnchor: 'end',
        dx: -8,
      }),
      Plot.text(groups, {
        fy: (group: string) => group,
        text: (group: string) => group,
        frameAnchor: 'left',
        textAnchor: 'start',
        fontWeight: 600,
        dx: MARGIN - LABELS,
      }),
    ],
  })
  return { svg: chart.outerHTML, height }
}

const unique = (names: readonly string[]): string[] => [...new Set(names)]
