/** The panels of `ops/dashboard.json`, as far as they are drawn: what each asks of Prometheus, in what unit, and where it stands. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Failure } from '#contract'

/** In units of Grafana's grid, which is 24 wide. */
const place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })

const panel = z.object({
  title: z.string(),
  gridPos: place,
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })),
})

export interface Question {
  /** PromQL, with Grafana's own variables in it. */
  readonly expr: string
  /** The name of each line that comes of it, with {{label}} in it. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  readonly unit: string
  readonly place: Readonly<z.infer<typeof place>>
  readonly questions: readonly Question[]
}

/** Throws `configuration-invalid` for a file that is no dashboard of Grafana's. */
export async function readPanels(
  path: string,
): Promise<{ readonly title: string; readonly panels: Panel[] }> {
  const read = z
    .object({ title: z.string(), panels: z.array(panel).min(1) })
    .safeParse(JSON.parse(await readFile(path, 'utf8')))
  if (!read.success) {
    const where = read.error.issues.map((issue) => issue.path.join('.')).join(', ')
    throw new Failure(
      'configuration-invalid',
      `${path} is no dashboard as Grafana's: see ${where}.`,
    )
  }
  const panels = read.data.panels.map(({ title, gridPos, fieldConfig, targets }) => ({
    ...{ title, unit: fieldConfig.defaults.unit, place: gridPos },
    questions: targets.map(({ expr, legendFormat: legend }) => ({
      // All that there are, as where nobody has chosen some.
      expr: expr.replaceAll('$instance', '.*'),
      legend,
    })),
  }))
  return { title: read.data.title, panels }
}

/** What an expression is about: names of metrics with what their labels must be, such as `i2i_engines{state="idle"}`. */
export const selectorsOf = (expr: string): string[] => [
  ...new Set(expr.match(/\bi2i_\w+(\{[^}]*\})?/g)),
]

/** What somebody who tells of it calls the metric: a histogram has three series for one. */
export const metricOf = (selector: string): string =>
  selector.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '')
