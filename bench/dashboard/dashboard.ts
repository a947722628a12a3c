/** Bench `dashboard`: what `ops/dashboard.json` shows of a time, asked of a Prometheus, kept and drawn, where there is no Grafana. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#contract'
import { begin, resultsText } from '../measure/results.ts'
import { drawKept } from '../plots/plots.ts'
import { type Line, openPrometheus, type Prometheus, type Range } from './ask-prometheus.ts'
import type { KeptDashboard, KeptPanel } from './draw-dashboard.ts'
import { metricOf, type Panel, readPanels, selectorsOf } from './panels.ts'

export interface DashboardOptions {
  /** A file of Grafana's. */
  readonly dashboard: string
  readonly prometheus: string
  readonly minutes: number
  /** The end of them; now unless given. */
  readonly until: Date | undefined
  /** The folder of results. */
  readonly results: string
}

/** Of the time axis: a panel is some four hundred pixels wide. */
const MOST_STEPS = 120

/** The last line is one JSON object. Whether every panel shows what there was to show. */
export async function benchDashboard(
  options: DashboardOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const { dashboard, prometheus: origin, minutes, until = new Date(), results } = options
  const { title, panels } = await readPanels(dashboard)
  const prometheus = openPrometheus(origin)
  const scrapeSeconds = await prometheus.scrapeSeconds()
  for (const target of await prometheus.down()) print(`does not answer: ${target}`)

  const to = Math.floor(until.getTime() / 1_000)
  const step = Math.max(scrapeSeconds, Math.ceil((60 * minutes) / MOST_STEPS))
  const range = { from: to - 60 * minutes, to, step }
  const shown: Shown[] = []
  for (const panel of panels) {
    const found = await show(panel, { prometheus, range, scrapeSeconds })
    print(`${found.isRight ? '' : 'FAIL '}${panel.title}: ${inWords(found.kept)}`)
    shown.push(found)
  }
  const wrong = shown.filter(({ isRight }) => !isRight).map(({ kept }) => kept.title)
  const verdict = wrong.length === 0 ? 'PASS' : 'FAIL'
  const kept: KeptDashboard = {
    ...{ title, from: new Date(range.from * 1_000).toISOString(), step, scrapeSeconds },
    panels: shown.map((each) => each.kept),
  }
  const path = join(results, 'dashboard.json')
  await writeFile(path, resultsText('dashboard', circumstances, { ...kept, verdict }))
  const figure = await drawKept('dashboard.svg', results)
  const empty = kept.panels.filter(({ lines }) => lines.length === 0).length
  print(JSON.stringify({ bench: 'dashboard', verdict, wrong, empty, results: path, figure }))
  return verdict === 'PASS'
}

interface Shown {
  readonly kept: KeptPanel
  /** Not where it is empty though there was something to show. */
  readonly isRight: boolean
}

interface Asking {
  readonly prometheus: Prometheus
  readonly range: Range
  readonly scrapeSeconds: number
}

async function show({ title, unit, place, questions }: Panel, asking: Asking): Promise<Shown> {
  const lines: { readonly name: string; readonly values: Line['values'] }[] = []
  for (const { expr, legend } of questions) {
    for (const { labels, values } of await answersTo(expr, title, asking)) {
      if (values.some((value) => value !== null))
        lines.push({ name: named(legend, labels), values })
    }
  }
  const kept = { title, unit, place, lines }
  if (lines.length > 0) return { kept, isRight: true }
  const { why, isRight } = await whyEmpty(
    questions.flatMap(({ expr }) => selectorsOf(expr)),
    asking,
  )
  return { kept: { ...kept, empty: why }, isRight }
}

async function answersTo(
  expr: string,
  title: string,
  { prometheus, range, scrapeSeconds }: Asking,
) {
  // As Grafana has it: a rate wants four looks, and no look may be left out between two steps.
  const rate = Math.max(range.step + scrapeSeconds, 4 * scrapeSeconds)
  try {
    return await prometheus.query(expr.replaceAll('$__rate_interval', `${rate}s`), range)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(error.code, `The panel ${title}: ${error.message}`, { cause: error })
  }
}

/** Nothing to show is right where all that the panel is about is told of, and had no value. */
async function whyEmpty(
  selectors: readonly string[],
  { prometheus, range }: Asking,
): Promise<{ readonly why: string; readonly isRight: boolean }> {
  for (const selector of selectors) {
    if (await prometheus.hasSeries(selector, range)) {
      return { why: `there is ${selector}, and nothing comes of it`, isRight: false }
    }
    if (!(await prometheus.isTold(metricOf(selector)))) {
      return { why: `nobody tells of ${metricOf(selector)}`, isRight: false }
    }
  }
  return { why: `there was no ${selectors.join(', no ')}`, isRight: true }
}

const named = (legend: string, labels: Line['labels']): string =>
  legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '').trim()

const inWords = ({ lines, empty }: KeptPanel): string =>
  lines.length === 0 ? `empty, for ${empty}` : lines.map(({ name }) => name).join(', ')
