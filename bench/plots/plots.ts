/** `bench -- plots`: the drawings of the README, from the results that are kept. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#contract'
import { readResults } from '../target/result-files.ts'
import { draw } from './draw.ts'
import { figures } from './figures.ts'

/** Writes them beside the results in `folder`. Throws `request-invalid` where no result can be drawn. */
export async function benchPlots(folder: string, print: (line: string) => void): Promise<boolean> {
  const all = figures(await readResults(folder))
  if (all.size === 0) {
    throw new Failure('request-invalid', 'No result to draw: run bench peer, denoise, vae or gpu.')
  }
  for (const [name, figure] of all) {
    await writeFile(join(folder, name), draw(figure))
    print(`drew ${name}: ${figure.title}`)
  }
  print(JSON.stringify({ bench: 'plots', drawn: [...all.keys()] }))
  return true
}
