/** Which checkpoint runs: the one that was named, else one that is here, else a toy made on the spot. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'

export interface CheckpointChoice {
  /** Absolute; undefined where none was named. */
  readonly named: string | undefined
  /** The project's own folder. */
  readonly root: string
  /** Told, once, where the picture will be nonsense. */
  readonly notice: (text: string) => void
}

/** The path of a .safetensors file or a diffusers folder; one that was named is not looked at yet. */
export async function chooseCheckpoint({ named, root, notice }: CheckpointChoice): Promise<string> {
  if (named !== undefined) return named
  const demo = join(root, 'models', 'demo', 'checkpoint')
  if (await exists(demo)) return demo
  notice(
    'No checkpoint was named, so a toy network of random weights draws nonsense. Name a real one with --checkpoint FILE.safetensors.',
  )
  return writeCheckpoint(join(root, '.data', 'toy'), 'tiny-folder')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
