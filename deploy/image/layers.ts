/** Layers of a file system as overlays of the kernel's: what a step writes lies alone, and can be weighed. Needs root. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'

/** From the lowest to the topmost. */
export type Layers = readonly string[]

export interface Mounted extends Disposable {
  readonly path: string
}

/** What `write` leaves lies in a layer of its own, which is returned. */
export function addLayer(
  layers: Layers,
  scratch: string,
  write: (root: string) => void,
): { readonly layers: Layers; readonly bytes: number } {
  const home = mkdtempSync(join(scratch, 'layer-'))
  const [upper, work] = ['upper', 'work'].map((name) => join(home, name))
  if (upper === undefined || work === undefined) throw new Error('there are two names')
  for (const folder of [upper, work]) mkdirSync(folder)
  {
    using root = mountLayers(layers, home, `,upperdir=${upper},workdir=${work}`)
    write(root.path)
  }
  return { layers: [...layers, upper], bytes: sizeOf(upper) }
}

/** Nothing can be written to it. */
export const mountReadOnly = (layers: Layers, scratch: string): Mounted =>
  mountLayers(layers, mkdtempSync(join(scratch, 'view-')), '')

function mountLayers(layers: Layers, home: string, more: string): Mounted {
  const path = join(home, 'root')
  mkdirSync(path)
  // An overlay without an upper folder is of two layers at least.
  const lower = layers.length === 1 && more === '' ? [...layers, emptyIn(home)] : layers
  const options = `lowerdir=${lower.toReversed().join(':')}${more}`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, path])
  return {
    path,
    [Symbol.dispose]: () => void execFileSync('umount', ['--recursive', path]),
  }
}

function emptyIn(home: string): string {
  const path = join(home, 'empty')
  mkdirSync(path)
  return path
}

/** Bytes of all files, as they are read. */
export function sizeOf(folder: string): number {
  const said = execFileSync('du', ['-s', '--apparent-size', '--block-size=1', folder]).toString()
  return Number(said.split('\t')[0])
}
