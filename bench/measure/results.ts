/** Keeps what a bench found, raw values and circumstances included, under bench/results/. */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { commit, load, machine, versions } from './machine.ts'

export interface Circumstances {
  readonly started: Date
  readonly loadBefore: number
}

export const begin = (): Circumstances => ({ started: new Date(), loadBefore: load() })

/** Writes `NAME.json` and gives back its path, relative to the repository. */
export async function keepResults(
  name: string,
  circumstances: Circumstances,
  found: Found,
): Promise<string> {
  const path = `bench/results/${name}.json`
  const file = new URL(`../results/${name}.json`, import.meta.url)
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(fileURLToPath(file), resultsText(name, circumstances, found))
  return path
}

type Found = Readonly<Record<string, unknown>> & { readonly peer?: object }

/** What is kept, for a bench that has another place for it. */
export function resultsText(
  name: string,
  { started, loadBefore }: Circumstances,
  { peer, ...found }: Found,
): string {
  const circumstances = {
    bench: name,
    date: started.toISOString(),
    commit: commit(),
    machine: machine(),
    versions: { ...versions(), ...peer },
    loadAverage: { before: loadBefore, after: load() },
  }
  const json = JSON.stringify({ ...circumstances, ...found }, legible, 2)
  return `${withShortArrays(json)}\n`
}

/** Six digits are more than any timing is good for. */
const legible = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value

/** Arrays of plain values take one line, as the formatter has them. */
const withShortArrays = (json: string): string =>
  json.replace(/\[\s+([^[\]{}]+?)\s+\]/g, (_, items: string) => `[${items.replace(/\s+/g, ' ')}]`)
