/** What a load run comes to, in lines for a person. */
import type { MemoryGrowth } from './memory-watch.ts'
import type { LoadSummary, Spread } from './summary.ts'

export function summaryLines(summary: LoadSummary, memory: readonly MemoryGrowth[]): string[] {
  const { ended, errors, fallbacks, perSecond, modes, wait, thousand } = summary
  const wrong = Object.entries(errors).map(([name, count]) => `${count} ${name}`)
  const { measured, expected, ofThese } = wait
  const against = (theory: number) => `${theory.toFixed(0)} (×${(measured / theory).toFixed(2)})`
  return [
    `${ended} ended, ${perSecond.toFixed(2)} a second; failed: ${wrong.join(', ') || 'none'}; by another provider: ${fallbacks}`,
    `${'ms'.padEnd(20)}${['p50', 'p95', 'p99', 'most'].map((name) => name.padStart(9)).join('')}`,
    ...modes.flatMap(({ mode, total, service, stages, withinBest, withinWorst }) => [
      spreadLine(mode, total) + shareWithin(withinBest, withinWorst),
      spreadLine('  engine', service),
      ...Object.entries(stages).map(([name, spread]) => spreadLine(`    ${name}`, spread)),
    ]),
    `an engine is busy for ${(100 * expected.busy).toFixed(0)} % of the time; mean wait ${measured.toFixed(0)} ms, in theory ${against(expected.wait)}, of a line with just these arrivals ${against(ofThese)}`,
    ...(thousand === undefined ? [] : [`$${thousand.toFixed(2)} per 1,000 images at this load`]),
    ...memory.map(
      ({ page, process, ratio, megabytes }) =>
        `memory of ${process} at ${page}: ${megabytes.toFixed(0)} MB, ×${ratio.toFixed(3)} since the warm-up`,
    ),
  ]
}

function spreadLine(name: string, { p50, p95, p99, most }: Spread): string {
  const cells = [p50, p95, p99, most].map((value) => value.toFixed(0).padStart(9))
  return `${name.padEnd(20)}${cells.join('')}`
}

function shareWithin(best: number | undefined, worst: number | undefined): string {
  if (best === undefined || worst === undefined) return ''
  return `   ${(100 * best).toFixed(1)} % within the brief’s best time, ${(100 * worst).toFixed(1)} % within its worst`
}
