import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readImageFile } from './read-file.ts'
import { writeFileWhole } from './write-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-files-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('reading', () => {
  test('a photograph', async () => {
    const path = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))
    const { width, height, data } = await readImageFile(path)
    expect([width, height, data.length]).toEqual([451, 300, 451 * 300 * 3])
  })

  test('a missing file, a folder and a device are refused by name', async () => {
    const missing = join(folder, 'none.png')
    await expect(readImageFile(missing)).rejects.toMatchObject({
      code: 'image-unreadable',
      message: `There is no file ${missing}. Check the path.`,
    })
    await expect(readImageFile(folder)).rejects.toThrow(`${folder} is a folder`)
    await expect(readImageFile('/dev/zero')).rejects.toThrow('/dev/zero is no ordinary file')
  })

  test('a file that is no picture is refused with its path and what it is', async () => {
    const path = join(folder, 'page.jpg')
    await writeFile(path, '<html>')
    await expect(readImageFile(path)).rejects.toMatchObject({
      code: 'image-unreadable',
      message: expect.stringMatching(/page\.jpg: This is an HTML page/),
    })
  })
})

describe('writing', () => {
  test('replaces what was there and leaves nothing beside it', async () => {
    const path = join(folder, 'a.png')
    await writeFileWhole(path, Buffer.from('first'))
    await writeFileWhole(path, Buffer.from('second'))
    expect(await readFile(path, 'utf8')).toBe('second')
    expect(await readdir(folder)).toEqual(['a.png'])
  })

  test('a name as long as the file system allows is written', async () => {
    const name = `${'n'.repeat(251)}.png`
    await writeFileWhole(join(folder, name), Buffer.from('x'))
    expect(await readdir(folder)).toEqual([name])
  })

  test('a missing folder is named with the mend', async () => {
    const path = join(folder, 'none', 'a.png')
    await expect(writeFileWhole(path, Buffer.from('x'))).rejects.toMatchObject({
      code: 'request-invalid',
      message: `Cannot write ${path}: its folder does not exist. Create it first.`,
    })
  })

  test('onto a folder is refused and leaves nothing beside it', async () => {
    const path = join(folder, 'a.png')
    await mkdir(path)
    await expect(writeFileWhole(path, Buffer.from('x'))).rejects.toThrow('it is a folder')
    expect(await readdir(folder)).toEqual(['a.png'])
  })
})
