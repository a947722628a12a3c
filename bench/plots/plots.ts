/** `bench -- plots`: the drawings of the README, from the results that are kept. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#contract'
import { readResults } from '../target/result-files.ts'
import { drawings } from './drawings.ts'

/** Writes them beside the results in `folder`. Throws `request-invalid` where no result can be drawn. */
export async function benchPlots(folder: string, print: (line: string) => void): Promise<boolean> {
  const all = drawings(await readResults(folder))
  if (all.size === 0) {
    throw new Failure('request-invalid', 'No result to draw: run bench peer, denoise, vae or gpu.')
  }
  for (const [name, svg] of all) {
    await writeFile(join(folder, name), svg)
    print(`drew ${name}: ${/<title>(.*?)<\/title>/.exec(svg)?.[1]}`)
  }
  print(JSON.stringify({ bench: 'plots', drawn: [...all.keys()] }))
  return true
}

/** One of them, by a bench that has just kept its results. @returns its path */
export async function drawKept(name: string, folder: string): Promise<string> {
  const svg = drawings(await readResults(folder)).get(name)
  if (svg === undefined) throw new Error(`no result in ${folder} is drawn as ${name}`)
  await writeFile(join(folder, name), svg)
  return join(folder, name)
}
