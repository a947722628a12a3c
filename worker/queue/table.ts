/** Columns under their names, each as wide as its widest cell, and the quantities that stand in them. */
import { printable } from './printable.ts'

/** A line each, the names first. Whatever a cell holds stays on its line. */
export function table(names: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [names, ...rows].map((row) => row.map(printable))
  const widths = names.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  return cells.map((row) => {
    const padded = row.map((cell, i) => cell.padEnd(widths[i] ?? 0))
    return `  ${padded.join('  ')}`.trimEnd()
  })
}

/** `812 ms`, `12 s`, `3 min`, `5 h`, `2 d`. @param ms from 0 on. */
export function span(ms: number | undefined): string {
  if (ms === undefined) return '-'
  const unit = units.find(({ most }) => ms < most) ?? days
  return `${Math.floor(ms / unit.of)} ${unit.name}`
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

const days = { name: 'd', of: 86_400_000, most: Number.POSITIVE_INFINITY }
const units = [
  { name: 'ms', of: 1, most: 1_000 },
  { name: 's', of: 1_000, most: 120_000 },
  { name: 'min', of: 60_000, most: 7_200_000 },
  { name: 'h', of: 3_600_000, most: 172_800_000 },
]

export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`
