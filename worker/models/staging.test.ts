import { createHash } from 'node:crypto'
import { truncateSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findCheckpoint } from './find-checkpoint.ts'
import { measureReads } from './read-rates.ts'
import { type StagingOptions, stageCheckpoint } from './staging.ts'

/** Two file systems that every Linux has: a volume, and a local disk. */
let [volume, disk] = ['', '']
const content = Buffer.alloc(40 << 20, 'a tensor ')
const hash = createHash('sha256').update(content).digest('hex')

beforeEach(async () => {
  volume = await mkdtemp('/dev/shm/i2i-volume-')
  disk = await mkdtemp(join(tmpdir(), 'i2i-disk-'))
  await writeFile(join(volume, 'sdxl.safetensors'), content)
})
afterEach(async () => {
  for (const folder of [volume, disk]) await rm(folder, { recursive: true })
})

const slowVolume = async () => ({ inPlace: 150e6, copied: 400e6 })
const run = (more: Partial<StagingOptions> = {}) =>
  stageCheckpoint({
    ...{ path: join(volume, 'sdxl.safetensors'), folder: disk, measure: slowVolume },
    ...{ onBytes: () => {}, signal: new AbortController().signal },
    ...more,
  })

it('copies from a volume that is slow in place, and copies once', async () => {
  const seen: number[] = []
  const first = await run({ sha256: hash, onBytes: (bytes) => seen.push(bytes) })
  expect(first).toEqual({
    path: join(disk, 'sdxl.safetensors'),
    why: '150 MB/s in place, 400 MB/s copied',
  })
  expect((await readFile(first.path)).equals(content)).toBe(true)
  expect(seen.at(-1)).toBe(content.length)
  expect(await run()).toMatchObject({ path: first.path, why: 'it was copied before' })
})

it('goes on from where it was cut off, and begins anew for a file that was replaced', async () => {
  const stop = new AbortController()
  const cut = run({ signal: stop.signal, onBytes: () => stop.abort() })
  await expect(cut).rejects.toThrow()
  const resumed: number[] = []
  const done = await run({ sha256: hash, onBytes: (bytes) => resumed.push(bytes) })
  expect(resumed[0]).toBeGreaterThan(8 << 20)
  expect((await readFile(done.path)).equals(content)).toBe(true)
  await writeFile(join(volume, 'sdxl.safetensors'), content.subarray(0, 1 << 20))
  expect((await readFile((await run()).path)).length).toBe(1 << 20)
})

it('copies once where two processes of one machine want it, and both have the whole of it', async () => {
  const waiting: string[] = []
  const onWait = () => waiting.push('waits')
  const both = await Promise.all([run({ onWait }), run({ onWait })])
  expect(both.map(({ path }) => path)).toEqual(Array(2).fill(join(disk, 'sdxl.safetensors')))
  for (const { path } of both) expect((await readFile(path)).equals(content)).toBe(true)
  expect(waiting).toHaveLength(1)
  expect(both.map(({ why }) => why)).toContain('it was copied before')
})

it('gives up a part that is longer than the file, and one that is of no known file', async () => {
  const stop = new AbortController()
  await expect(run({ signal: stop.signal, onBytes: () => stop.abort() })).rejects.toThrow()
  await writeFile(join(disk, 'sdxl.safetensors.part'), Buffer.alloc(content.length + 1, 'x'))
  expect((await readFile((await run()).path)).equals(content)).toBe(true)
})

it('reads in place what the disk does not take, and says why', async () => {
  const inTheWay = join(disk, 'sdxl.safetensors')
  await mkdir(inTheWay)
  const path = join(volume, 'sdxl.safetensors')
  expect(await run()).toEqual({ path, why: expect.stringMatching(/does not take it \(/) })
})

it('says of a volume that breaks off in mid-copy that it does', async () => {
  const path = join(volume, 'sdxl.safetensors')
  const cut = run({ onBytes: (bytes) => void (bytes < 10 << 20 && truncateSync(path, 9 << 20)) })
  await expect(cut).rejects.toMatchObject({ code: 'checkpoint-invalid' })
})

it('takes no copy of another version for its own, where its copying was cut off', async () => {
  const old = await run()
  const path = join(volume, 'sdxl.safetensors')
  const other = Buffer.alloc(content.length, 'another! ')
  await writeFile(path, other)
  await utimes(path, 1e9, 1e9)
  const stop = new AbortController()
  await expect(run({ signal: stop.signal, onBytes: () => stop.abort() })).rejects.toThrow()
  expect((await readFile((await run()).path)).equals(other)).toBe(true)
  expect(old.path).toBe(join(disk, 'sdxl.safetensors'))
})

it('holds a copy that is there already against a hash that is given later', async () => {
  await run()
  expect(await run({ sha256: hash })).toMatchObject({ why: 'it was copied before' })
  const wrong = 'f'.repeat(64)
  await expect(run({ sha256: wrong })).rejects.toThrow(/sdxl\.safetensors has the SHA-256/)
  expect((await readdir(disk)).filter((name) => !name.endsWith('.json'))).toEqual([])
})

it('reads in place what is as quick there, what is on the disk already, and what does not fit', async () => {
  const path = join(volume, 'sdxl.safetensors')
  const quick = async () => ({ inPlace: 2e9, copied: 2.1e9 })
  expect(await run({ measure: quick })).toEqual({
    path,
    why: '2.00 GB/s in place, 2.10 GB/s copied',
  })
  expect(await run({ folder: join(volume, 'models') })).toMatchObject({ path })
  expect(await run({ folder: undefined })).toMatchObject({ path })
  const nowhere = { path, why: 'nothing can be written to /dev/null/models' }
  expect(await run({ folder: '/dev/null/models' })).toEqual(nowhere)
})

it('takes along what the file beside it says, and forgets it with that', async () => {
  const beside = join(volume, 'sdxl.json')
  const copied = join(disk, 'sdxl.json')
  await writeFile(beside, '{"scheduler":{"prediction_type":"v_prediction"}}')
  await run()
  expect(await readFile(copied, 'utf8')).toContain('v_prediction')
  await writeFile(beside, '{}')
  await run()
  expect(await readFile(copied, 'utf8')).toBe('{}')
  await rm(beside)
  await run()
  expect((await readdir(disk)).toSorted()).toEqual(['sdxl.safetensors', 'sdxl.safetensors.json'])
})

it('takes along the VAE beside it', async () => {
  const beside = join(volume, 'sdxl.vae.safetensors')
  await writeFile(beside, 'a VAE')
  await run()
  expect(await readFile(join(disk, 'sdxl.vae.safetensors'), 'utf8')).toBe('a VAE')
  await rm(beside)
  await run()
  expect((await readdir(disk)).toSorted()).toEqual(['sdxl.safetensors', 'sdxl.safetensors.json'])
})

it('refuses what is not what its hash says, and keeps no copy of it', async () => {
  const wrong = 'f'.repeat(64)
  await expect(run({ sha256: wrong })).rejects.toThrow(/sdxl\.safetensors has the SHA-256/)
  expect((await readdir(disk)).filter((name) => !name.endsWith('.json'))).toEqual([])
  await expect(run({ sha256: wrong, folder: undefined })).rejects.toThrow('mend the variable')
})

it('says of a volume that is missing that it is', async () => {
  const path = join(volume, 'gone', 'sdxl.safetensors')
  await expect(run({ path })).rejects.toThrow(/no checkpoint at .*: attach the volume/)
})

it('measures both ways of reading', async () => {
  const { inPlace, copied } = await measureReads(join(volume, 'sdxl.safetensors'), content.length)
  expect(inPlace).toBeGreaterThan(0)
  expect(copied).toBeGreaterThan(0)
})

it('finds a checkpoint on whichever volume there is, and names the first where there is none', () => {
  const folders = ['/nowhere', volume]
  expect(findCheckpoint('sdxl.safetensors', folders)).toBe(join(volume, 'sdxl.safetensors'))
  expect(findCheckpoint('other.safetensors', folders)).toBe('/nowhere/other.safetensors')
  expect(findCheckpoint('/a/b.safetensors', folders)).toBe('/a/b.safetensors')
})
