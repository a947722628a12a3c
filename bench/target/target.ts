/** `bench -- target`: what was measured against what is demanded, row by row. */
import { fileURLToPath } from 'node:url'
import { columns } from '../measure/table.ts'
import { cpuRows } from './cpu-rows.ts'
import { gpuRows } from './gpu-rows.ts'
import { readResults } from './result-files.ts'
import type { Bound, Row, Verdict } from './verdict.ts'

export const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))

/** Prints a table; the last line is one JSON object. Whether no gate fails: what was not measured is none that does. */
export async function benchTarget(
  { folder }: { readonly folder: string },
  print: (line: string) => void,
): Promise<boolean> {
  const files = await readResults(folder)
  const rows = [...cpuRows(files), ...gpuRows(files)]
  const head = ['', '', 'from', 'number', 'gate', 'goal']
  for (const line of columns([head, ...rows.map(cells)], { left: 3 })) print(line)
  const verdicts = rows.map(({ what, verdict, measurement, reachesGoal }) => {
    const { file, commit, machine } = measurement?.file ?? {}
    return { what, verdict, value: measurement?.value, reachesGoal, file, commit, machine }
  })
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length
  const failed = count('FAIL')
  const counts = { passed: count('PASS'), failed, notMeasured: count('NOT MEASURED') }
  print(JSON.stringify({ bench: 'target', ...counts, rows: verdicts }))
  return failed === 0
}

function cells({ verdict, what, unit, gate, goal, measurement, reachesGoal, by }: Row): string[] {
  const said = (bound: Bound | undefined) => (bound ? `${boundText(bound)} ${unit}`.trim() : '')
  const reached = reachesGoal === undefined ? '' : reachesGoal ? ' reached' : ' missed'
  const file = measurement?.file
  return [
    verdict,
    what,
    file ? `${file.file}, ${file.commit}, ${file.machine}` : `run ${by}`,
    measurement ? `${short(measurement.value)} ${unit}`.trim() : '',
    said(gate),
    said(goal) + (goal && gate ? reached : ''),
  ]
}

function boundText({ most, least }: Bound): string {
  return most === undefined ? `≥ ${short(least ?? Number.NaN)}` : `≤ ${short(most)}`
}

/** Three digits. */
function short(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return Number(value.toPrecision(2)).toExponential()
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)))
}
