import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { benchTarget, RESULTS } from './target.ts'

const said = z.object({
  failed: z.number(),
  rows: z.array(
    z.object({
      what: z.string(),
      verdict: z.string(),
      value: z.number().optional(),
      file: z.string().optional(),
      reachesGoal: z.boolean().optional(),
    }),
  ),
})

/** What is said of the results in `folder`. */
async function targetOf(folder: string) {
  const lines: string[] = []
  const passes = await benchTarget({ folder }, (line) => lines.push(line))
  const { rows, failed } = said.parse(JSON.parse(lines.at(-1) ?? ''))
  const of = (what: string) => rows.find((row) => row.what === what)
  return { passes, failed, rows, of, lines }
}

/** Real results, as they were kept, with some of them altered, in a folder of their own. */
async function folderWith(results: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-target-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(results)) {
    await writeFile(join(folder, name), JSON.stringify(content))
  }
  return folder
}

async function kept(name: string): Promise<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(RESULTS + name, 'utf8')))
}

const OPEN = 'open a 6.9 GB checkpoint on a CPU'
const COPIED = 'bytes copied to the disk in opening it'
const RATIO = 'evaluation of the UNet on a CPU, ours over diffusers'

/** As bench `gpu` keeps it. */
const onH100 = (modifyMs: number, changes: object = {}) => ({
  bench: 'gpu-h100-80gb-hbm3',
  date: '2026-12-01T00:00:00.000Z',
  commit: 'abc1234',
  machine: { cpu: 'Xeon', cores: 16, gpu: { name: 'NVIDIA H100 80GB HBM3' } },
  device: 'cuda',
  small: false,
  headline: { cfgEvaluationMs: 44, modifyMs, copyMs: 130, psnr: 41 },
  stages: [{ stage: 'guided evaluation', ours: 44, peer: { compiled: 55 } }],
  ...changes,
})

describe('of the results in this repository', () => {
  it('fails no gate, and names the file of every number', async () => {
    const { passes, failed, of, rows } = await targetOf(RESULTS)
    expect([passes, failed]).toEqual([true, 0])
    expect(of(OPEN)).toMatchObject({ verdict: 'PASS', file: 'open-cpu.json' })
    expect(of(COPIED)).toMatchObject({ verdict: 'PASS', value: 0 })
    expect(of(RATIO)).toMatchObject({ verdict: 'PASS', reachesGoal: true })
    for (const { verdict, file } of rows)
      expect(file === undefined).toBe(verdict === 'NOT MEASURED')
  })

  it('knows nothing of a prompt enhancement that nobody has timed', async () => {
    const { of } = await targetOf(RESULTS)
    expect(of('enhancement of a prompt by 7B, 64 tokens')?.verdict).toBe('NOT MEASURED')
  })
})

describe('a gate', () => {
  it('fails where the sessions took six seconds to open, or a byte was copied', async () => {
    const open = await kept('open-cpu.json')
    const slow = { ...open, summary: { 'in-place': { sinceLaunchMs: { median: 6000 } } } }
    const slowly = await targetOf(await folderWith({ 'open-cpu.json': slow }))
    expect(slowly.of(OPEN)).toMatchObject({ verdict: 'FAIL', value: 6000 })
    expect([slowly.passes, slowly.failed]).toEqual([false, 1])

    const copying = {
      ...open,
      raw: { 'in-place': [{ traffic: { toDisk: 0 }, temporaryBytes: 1 }] },
    }
    const copies = await targetOf(await folderWith({ 'open-cpu.json': copying }))
    expect(copies.of(COPIED)?.verdict).toBe('FAIL')
  })

  it('is not measured, and so does not fail, where there is no result', async () => {
    const { passes, rows } = await targetOf(await folderWith({}))
    expect(passes).toBe(true)
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['NOT MEASURED']))
  })
})

describe('the queue', () => {
  const queueRows = async (summary: object) => {
    const queue = { ...(await kept('queue.json')), summary }
    const target = await targetOf(await folderWith({ 'queue.json': queue }))
    return target.rows.filter(({ file }) => file === 'queue.json')
  }
  const verdicts = (rows: readonly { verdict: string }[]) => rows.map(({ verdict }) => verdict)

  it('passes at each of its gates, and fails a little beyond any', async () => {
    const atGates = await queueRows({
      protocol: { ours: { alone: { p50Ms: 5 }, together: { jobsPerSecond: 3_000 } } },
      daemon: { overheadP50Ms: 5, gapOverIdleMs: 50, busy: 0.95 },
    })
    expect(verdicts(atGates)).toEqual(['PASS', 'PASS', 'PASS', 'PASS', 'PASS'])
    const beyond = await queueRows({
      protocol: { ours: { alone: { p50Ms: 5.1 }, together: { jobsPerSecond: 2_999 } } },
      daemon: { overheadP50Ms: 5.1, gapOverIdleMs: 50.1, busy: 0.949 },
    })
    expect(verdicts(beyond)).toEqual(['FAIL', 'FAIL', 'FAIL', 'FAIL', 'FAIL'])
    expect(beyond.at(-1)).toMatchObject({ what: 'engine busy under backlog' })
  })
})

describe('the gateway', () => {
  const gatewayRows = async (summary: object) => {
    const head = await kept('queue.json')
    const files = { 'gateway.json': { ...head, bench: 'gateway', summary } }
    const { rows, passes } = await targetOf(await folderWith(files))
    const own = rows.filter(({ file }) => file === 'gateway.json')
    return { verdicts: own.map(({ verdict }) => verdict), passes }
  }

  it('reaches its goals and passes its gates at each of them, and a little beyond none', async () => {
    const postgres = { posts: [{ rate: 1_000, p99Ms: 10 }], reads: { perSecond: 5_000 } }
    const streams = { opened: 2_000, lost: 0, growthMb: 2 }
    const atGates = await gatewayRows({ postgres, streams })
    expect(atGates).toEqual({ verdicts: ['PASS', 'PASS', 'PASS', 'PASS'], passes: true })
    const beyond = await gatewayRows({
      postgres: { posts: [{ rate: 1_000, p99Ms: 10.1 }], reads: { perSecond: 4_999 } },
      streams: { opened: 2_000, lost: 1, growthMb: 2.1 },
    })
    expect(beyond).toEqual({ verdicts: ['MISSED', 'MISSED', 'FAIL', 'FAIL'], passes: false })
  })
})

describe('a card', () => {
  it('is judged by its own times: gates by the limit, goals by being reached', async () => {
    const { of, passes } = await targetOf(await folderWith({ 'gpu-h100.json': onH100(650) }))
    expect(of('NVIDIA H100 80GB HBM3: MODIFY at 1024²')).toMatchObject({
      verdict: 'PASS',
      value: 650,
    })
    expect(of('H100: MODIFY at 1024²')?.verdict).toBe('PASS')
    expect(of('H100: COPY at 1024²')?.verdict).toBe('MISSED')
    expect(of("H100: torch.compile's time over ours, a guided evaluation")?.value).toBe(1.25)
    expect(passes).toBe(true)
  })

  it('says of others what the ratio of their peaks comes to, and never that they pass', async () => {
    const { rows, of } = await targetOf(await folderWith({ 'gpu-h100.json': onH100(650) }))
    const other = of('RTX 4090: MODIFY at 1024²')
    expect(other?.verdict).toBe('PROJECTED')
    expect(other?.value).toBeCloseTo((650 * 989) / 165, 6)
    const measured = rows.filter(({ what }) => what.startsWith('RTX') || what.startsWith('A100'))
    for (const { verdict } of measured) expect(verdict).toBe('PROJECTED')
  })

  it('fails where MODIFY takes nine seconds, though others would be projected to be faster', async () => {
    const slow = onH100(9000, {
      machine: { cpu: 'Xeon', cores: 8, gpu: { name: 'NVIDIA GeForce RTX 3090' } },
    })
    const { of, passes } = await targetOf(await folderWith({ 'gpu-rtx-3090.json': slow }))
    expect(of('NVIDIA GeForce RTX 3090: MODIFY at 1024²')?.verdict).toBe('FAIL')
    expect(of('H100 SXM: MODIFY at 1024²')?.verdict).toBe('PROJECTED')
    expect(of('H100: MODIFY at 1024²')?.verdict).toBe('NOT MEASURED')
    expect(passes).toBe(false)
  })

  it('takes the newest of several results, and none of a bench that was only tried', async () => {
    const files = {
      'gpu-h100.json': onH100(900, { date: '2026-12-01T00:00:00.000Z' }),
      'denoise-h100-1024.json': {
        ...onH100(0, { bench: 'denoise-h100-1024', date: '2026-12-02T00:00:00.000Z' }),
        side: 1024,
        headline: undefined,
        subjects: [
          { kind: 'modify', side: 'ours', totalMs: { median: 640 }, evaluationMs: { median: 43 } },
        ],
      },
      'gpu-tried.json': onH100(1, { small: true, date: '2026-12-03T00:00:00.000Z' }),
    }
    const { of } = await targetOf(await folderWith(files))
    expect(of('H100: MODIFY at 1024²')).toMatchObject({
      value: 640,
      file: 'denoise-h100-1024.json',
    })
    expect(of('H100: COPY at 1024²')).toMatchObject({ value: 130, file: 'gpu-h100.json' })
  })
})
