import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { placesIn } from './places.ts'
import { lookIntoStorage } from './stored.ts'

const sha256 = createHash('sha256').update('picture').digest('hex')
const told = [
  {
    id: '1',
    status: 'completed',
    pictures: [{ path: 'U/1/0.png', thumbnailPath: 'U/1/0.thumb.webp', sha256 }],
  },
] as const

describe('the storage', () => {
  it('has a job published once its picture and thumbnail are there', async () => {
    const { look, put } = await storage()
    expect((await look()).published).toEqual(new Map())
    await put('U/1/0.png', 'picture')
    expect((await look()).published).toEqual(new Map())
    await put('U/1/0.thumb.webp', 'RIFF0000WEBP')
    expect((await look()).published).toEqual(new Map([['1', sha256]]))
  })

  it('tells what a killed attempt left from what one forgot that had ended', async () => {
    const { look, put, log } = await storage()
    await put('U/1/.staged/3-0a1b2c3d/0.png', 'picture')
    await put('U/1/.staged/4-0a1b2c3d/.0.tmp', 'pict')
    await log({ msg: 'claimed', jobId: '1', fence: 3 })
    expect(await look()).toMatchObject({ left: 2, forgotten: 0 })
    await log({ msg: 'ended', jobId: '1', fence: 3 })
    expect(await look()).toMatchObject({ left: 1, forgotten: 1 })
  })
})

async function storage() {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-stored-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const places = placesIn(folder)
  await mkdir(places.files)
  return {
    look: () => lookIntoStorage(places, { told, workers: ['a'] }),
    async put(path: string, text: string) {
      const place = join(places.files, 'workspace-temp', path)
      await mkdir(dirname(place), { recursive: true })
      await writeFile(place, text)
    },
    log: (line: object) => appendFile(places.log('a'), `${JSON.stringify(line)}\n`),
  }
}
