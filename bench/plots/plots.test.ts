import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DOMParser } from 'linkedom'
import { expect, it, onTestFinished } from 'vitest'
import { type ResultFile, readResults } from '../target/result-files.ts'
import { RESULTS } from '../target/target.ts'
import { draw } from './draw.ts'
import { drawings } from './drawings.ts'
import { figures } from './figures.ts'
import { benchPlots } from './plots.ts'

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-plots-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

it('draws the same results the same way, byte for byte', async () => {
  const files = await readResults(RESULTS)
  expect(drawings(files).size).toBeGreaterThan(0)
  expect(drawings(files)).toEqual(drawings(files))
})

it('has drawn every figure that lies beside the results from those very results', async () => {
  const all = drawings(await readResults(RESULTS))
  const drawn = (await readdir(RESULTS)).filter((name) => name.endsWith('.svg'))
  expect(drawn.toSorted()).toEqual([...all.keys()].toSorted())
  for (const [name, svg] of all) expect(await readFile(RESULTS + name, 'utf8')).toBe(svg)
})

it('makes bars as long as their values, on a ground of its own', () => {
  const bars = [
    { group: 'UNet', series: 'ours', value: 1, label: '1 s' },
    { group: 'UNet', series: 'a < b', value: 4, label: '4 s' },
  ]
  const svg = draw({ title: 'times & more', panels: [{ title: 'time', bars }], captions: [] })
  const page = new DOMParser().parseFromString(svg, 'image/svg+xml')
  const widths = [...page.querySelectorAll('[aria-label=bar] rect')].map((bar) =>
    Number(bar.getAttribute('width')),
  )
  expect(widths[1]).toBeCloseTo(4 * (widths[0] ?? 0), 6)
  expect(page.querySelector('rect')?.getAttribute('fill')).toBe('#ffffff')
  expect(svg).toContain('times &amp; more')
  expect(svg).toContain('a &lt; b')
})

it('draws what there is, and says what to run where there is nothing', async () => {
  const folder = await emptyFolder()
  await expect(benchPlots(folder, () => {})).rejects.toThrow('run bench peer')
  await copyFile(join(RESULTS, 'peer-cpu.json'), join(folder, 'peer-cpu.json'))
  await benchPlots(folder, () => {})
  expect((await readdir(folder)).toSorted()).toEqual(['against-diffusers-cpu.svg', 'peer-cpu.json'])
})

it("draws a card's stages with every way of the peer that ran, and no other", () => {
  const content = {
    bench: 'gpu-h100',
    device: 'cuda',
    small: false,
    stages: [
      { stage: 'guided evaluation', ours: 44, share: 0.4, peer: { eager: 80, compiled: 50 } },
      { stage: 'MODIFY', peer: {} },
    ],
  }
  const file: ResultFile = {
    file: 'gpu-h100.json',
    date: '2026-12-01T00:00:00.000Z',
    commit: 'abc1234',
    machine: 'NVIDIA H100 80GB HBM3',
    card: 'NVIDIA H100 80GB HBM3',
    content,
  }
  const figure = figures([file]).get('gpu-h100.svg')
  expect(figure?.panels.map(({ bars }) => bars.map(({ label }) => label))).toEqual([
    ['44 ms', '80 ms', '50 ms'],
    ['40 %'],
  ])
})
