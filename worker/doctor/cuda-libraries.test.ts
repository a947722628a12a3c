import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findLibraries, usualFolders } from './cuda-libraries.ts'

const home = await mkdtemp(join(tmpdir(), 'i2i-libraries-'))
afterAll(() => rm(home, { recursive: true }))

test('what pip brought into a Python environment is found there', async () => {
  const packages = join(home, 'lib/python3.12/site-packages/nvidia')
  for (const name of ['cu13/lib/libcublas.so.13', 'cudnn/lib/libcudnn.so.9']) {
    await mkdir(join(packages, name, '..'), { recursive: true })
    await writeFile(join(packages, name), '')
  }
  const wanted = ['libcublas.so.13', 'libcudnn.so.9', 'libno-such-thing.so.13']
  const found = await findLibraries(wanted, usualFolders([home], join(home, '.data/cuda')))
  expect(Object.fromEntries(found)).toEqual({
    'libcublas.so.13': join(packages, 'cu13/lib'),
    'libcudnn.so.9': join(packages, 'cudnn/lib'),
  })
})
