/** Every drawing of the results that are kept: bars, lines over time, latency by share. */
import { drawDashboard, keptDashboard } from '../dashboard/draw-dashboard.ts'
import { drawCurves, keptCurves } from '../load/curves.ts'
import { newest, type ResultFile } from '../target/result-files.ts'
import { draw } from './draw.ts'
import { captionOf, figures } from './figures.ts'

/** SVG documents, by the name of the file that each is kept in. */
export function drawings(files: readonly ResultFile[]): ReadonlyMap<string, string> {
  const bars = [...figures(files)].map(([name, figure]) => [name, draw(figure)] as const)
  const load = newest(files, keptCurves)
  const dashboard = newest(files, keptDashboard)
  return new Map([
    ...bars,
    ...(load ? [['load.svg', drawCurves(load.found)] as const] : []),
    ...(dashboard
      ? [['dashboard.svg', drawDashboard(dashboard.found, captionOf(dashboard.file))] as const]
      : []),
  ])
}
