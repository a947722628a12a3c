/** Everything that is found, kept as it is found: what ends the bench takes nothing with it. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './part-task.ts'

export interface Journal {
  /** In full to `rows.jsonl`; what a person wants to see of it at once is printed. */
  row(part: string, row: Row): void
  /** What libraries say, to `gpu.log`. */
  log(part: string, line: string): void
  /** The whole of a file of that name. */
  keep(name: string, text: string): void
}

/** Writes at once, and not in time: there may be none. */
export function openJournal(folder: string, print: (line: string) => void): Journal {
  mkdirSync(folder, { recursive: true })
  const keep = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const name of ['rows.jsonl', 'gpu.log']) keep(name, '')
  return {
    row(part, row) {
      appendFileSync(join(folder, 'rows.jsonl'), `${JSON.stringify({ part, ...row })}\n`)
      print(JSON.stringify({ part, ...brief(row) }))
    },
    log: (part, line) => appendFileSync(join(folder, 'gpu.log'), `${part}: ${line}\n`),
    keep,
  }
}

/** Without lists and tables, and with four digits. */
function brief(row: Row): object {
  const plain = Object.entries(row).filter(([, value]) => typeof value !== 'object')
  return Object.fromEntries(
    plain.map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(4)) : value,
    ]),
  )
}
