import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from './i2i.case.ts'
import { outputFiles } from './output-files.ts'

const home = await temporaryFolder()
afterAll(() => home[Symbol.asyncDispose]())
const folder = home.path
await mkdir(join(folder, 'taken.png'))
await writeFile(join(folder, 'file'), '')

const copyOf = (photo: string, out?: string) =>
  ({ command: 'copy', photo, given: out === undefined ? {} : { out } }) as const

test('pictures land in the caller’s folder under the photo’s name', async () => {
  const { paths, format } = await outputFiles(copyOf('/elsewhere/my.cat.jpeg'), {
    folder,
    images: 1,
  })
  expect([paths, format]).toEqual([[join(folder, 'my.cat-copy.png')], 'png'])
  const generate = { command: 'generate', photo: undefined, given: {} } as const
  const made = await outputFiles(generate, { folder, images: 2 })
  expect(made.paths).toEqual(['generate-1.png', 'generate-2.png'].map((name) => join(folder, name)))
})

test.each([
  ['x.gif', 'does not end in .png, .webp or .jpg'],
  ['x', 'does not end in .png, .webp or .jpg'],
  ['no/x.png', 'The folder .*no does not exist'],
  ['file/x.png', 'file is no folder'],
  ['taken.png', 'taken.png is a folder'],
])('%s is refused as a place to write to', async (out, sentence) => {
  const refused = outputFiles(copyOf('a.jpg', out), { folder, images: 1 })
  await expect(refused).rejects.toThrow(new RegExp(sentence))
})
