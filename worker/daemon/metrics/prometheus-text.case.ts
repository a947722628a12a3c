/** Reads Prometheus' text format as strictly as a server would, so that tests see what it sees. */

/** By series: `name{label="value",…}` with labels in the order in which they were written. */
export type Series = ReadonlyMap<string, number>

const LABELS = String.raw`\{(?:[a-z_]\w*="(?:[^"\\\n]|\\[\\n"])*"(?:,(?!\})|(?=\})))*\}`
const sample = new RegExp(String.raw`^([a-z_][a-z0-9_]*(?:${LABELS})?) (NaN|[+-]Inf|[-+.\deE]+)$`)
const comment = /^# (?:HELP [a-z_]\w* .+|TYPE [a-z_]\w* (?:counter|gauge|histogram))$/

/** Throws for a line that is neither a sample nor HELP nor TYPE, and for a series that comes twice. */
export function parsePrometheus(text: string): Series {
  const series = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || comment.test(line)) continue
    const [, name, value] = sample.exec(line) ?? []
    if (name === undefined) throw new Error(`not a line of Prometheus' text format: ${line}`)
    if (series.has(name)) throw new Error(`said twice: ${name}`)
    series.set(name, Number(value?.replace('Inf', 'Infinity')))
  }
  return series
}
