/** Which checkpoint runs: the one that was named, else one that is here, else a toy made on the spot. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { LesserPictures } from '#contract'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'

export interface CheckpointChoice {
  /** Absolute; undefined where none was named. */
  readonly named: string | undefined
  /** The project's own folder. */
  readonly root: string
  /** Where a toy is made; `.data` in the project's folder unless given. */
  readonly dataFolder?: string
}

export interface ChosenCheckpoint {
  /** Of a .safetensors file or a diffusers folder. */
  readonly path: string
  /** Undefined for one that was named, which is taken to be a real one. */
  readonly pictures: LesserPictures | undefined
}

/** One that was named is not looked at yet. */
export async function chooseCheckpoint({
  named,
  root,
  dataFolder = join(root, '.data'),
}: CheckpointChoice): Promise<ChosenCheckpoint> {
  if (named !== undefined) return { path: named, pictures: undefined }
  const demo = join(root, 'models', 'demo', 'checkpoint')
  if (await exists(demo)) return { path: demo, pictures: 'demo' }
  const toy = await writeCheckpoint(join(dataFolder, 'toy'), 'tiny-folder')
  return { path: toy, pictures: 'nonsense' }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
