/** The files of prompts and of continuations that tests go through, with their signs for what a line cannot hold. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Line {
  readonly section: string
  readonly text: string
}

/** @param mark before the name of a section; what stands before the first one is a remark. */
export function linesOf(file: string, mark: string): readonly Line[] {
  const lines: Line[] = []
  let section: string | undefined
  for (const line of readFileSync(join(import.meta.dirname, file), 'utf8').split('\n')) {
    if (line.startsWith(mark) && (section !== undefined || !/[.:]$/.test(line))) {
      section = line.slice(mark.length)
    } else if (section !== undefined && line !== '') lines.push({ section, text: spelledOut(line) })
  }
  return lines
}

function spelledOut(line: string): string {
  const [, times = '1', text = ''] = /^(?:<repeat (\d+)>)?(.*)$/.exec(line) ?? []
  const read = text
    .replace('<empty>', '')
    .replace(/\\u([0-9A-Fa-f]{4})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(
      /\\([nrtvf])/g,
      (_, letter: string) => ({ n: '\n', r: '\r', t: '\t', v: '\v', f: '\f' })[letter] ?? '',
    )
  return read.repeat(Number(times))
}
