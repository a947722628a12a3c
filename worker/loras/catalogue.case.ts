/** A catalogue in a folder of its own, with a file for each entry, for the tests of whoever reads one. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

/** The files that are not there yet are empty, and gone with the test. */
export async function catalogueIn(
  loras: readonly { readonly file: string; readonly [key: string]: unknown }[],
): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-loras-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const { file } of loras) {
    const path = resolve(folder, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '', { flag: 'a' })
  }
  const path = join(folder, 'loras.json')
  await writeFile(path, JSON.stringify({ loras }))
  return { folder, path }
}
