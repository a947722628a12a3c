import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseGpus } from '#worker/gpu/gpu-list.ts'
import { sizesKept, sizesThatFit } from './sizes-kept.ts'

/** What nvidia-smi prints of a card with so much memory free. */
const card = (freeMb: number) => `NVIDIA H100 80GB HBM3, 580.65.06, 81559, ${freeMb}, Disabled, 9.0`

const answerOf = (csv: string) => {
  const [first, ...more] = parseGpus(csv)
  if (!first) throw new Error('no GPU in it')
  return { kind: 'gpus', gpus: [first, ...more] } as const
}

test.each([
  [81_000, 6],
  [48_000, 3],
  [24_000, 1],
  [8_000, 1],
  [190_000, 9],
])('a card with %i MiB free is kept ready for %i sizes', (freeMb, sizes) => {
  expect(sizesThatFit(answerOf(card(freeMb)))).toBe(sizes)
})

test('what another process is to have there is left to it', () => {
  expect(sizesThatFit(answerOf(card(48_000)), 12e9)).toBe(2)
  expect(sizesThatFit(answerOf(card(24_000)), 20e9)).toBe(1)
})

test('of several cards the fullest counts, and one that hides its memory counts as full', () => {
  expect(sizesThatFit(answerOf(`${card(81_000)}\n${card(30_000)}`))).toBe(2)
  const hidden = card(81_000).replace('81000', '[N/A]')
  expect(sizesThatFit(answerOf(hidden))).toBe(1)
})

test('where it is known which card is used, that one alone counts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-smi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const [full, free] = [card(8_000), card(48_000)].map((line) => `echo "${line}"`)
  const words = `case "$*" in *--id=0*) ${full};; *--id=1*) ${free};; *) ${full}; ${free};; esac`
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${words}\n`, { mode: 0o755 })
  const { PATH } = process.env
  onTestFinished(() => {
    process.env.PATH = PATH
  })
  process.env.PATH = `${folder}:${PATH}`
  const sizes = [sizesKept('cuda', { gpu: 0 }), sizesKept('cuda', { gpu: 1 }), sizesKept('cuda')]
  expect(await Promise.all(sizes)).toEqual([1, 3, 1])
})

test('where nobody knows of a GPU, or planning costs nothing, one size is kept', async () => {
  expect(sizesThatFit({ kind: 'absent' })).toBe(1)
  expect(sizesThatFit({ kind: 'complaint', said: 'No devices were found' })).toBe(1)
  expect(await sizesKept('cpu')).toBe(1)
})
