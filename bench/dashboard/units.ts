/** Numbers on an axis, in the units that Grafana has names for. */

/** Three digits at most; a unit that is not known is left out. */
export function inUnit(value: number, unit: string): string {
  const short = (number: number) => `${Number(number.toPrecision(3))}`
  switch (unit) {
    case 's':
      return value !== 0 && Math.abs(value) < 1 ? `${short(value * 1_000)} ms` : `${short(value)} s`
    case 'bytes':
      return value >= 1e9 ? `${short(value / 1e9)} GB` : `${short(value / 1e6)} MB`
    case 'ops':
    case 'reqps':
      return `${short(value)} /s`
    case 'currencyUSD':
      return `$${short(value)}`
    default:
      return short(value)
  }
}
