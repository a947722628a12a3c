/** Text in columns, each as wide as its widest cell: words to the left, numbers to the right. */

/** One line a row. The first `left` columns begin where they begin, the others end where they end. */
export function columns(
  rows: readonly (readonly string[])[],
  { left = 1 }: { readonly left?: number } = {},
): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  const padded = (cell: string, i: number) =>
    i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)
  return rows.map((row) => row.map(padded).join('  ').trimEnd())
}

/** Milliseconds as a person reads them: three digits, in seconds from one on. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${(ms / 1000).toFixed(2)} s`
}

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

/** A dash where there is nothing to say. */
export const optional = (value: number | undefined, say: (value: number) => string): string =>
  value === undefined ? '-' : say(value)
