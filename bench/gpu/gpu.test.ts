import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { row } from './part-task.ts'
import { parts } from './parts.ts'

const SCRIPT = fileURLToPath(new URL('../gpu.sh', import.meta.url))

const kept = z.object({
  bench: z.literal('gpu-cpu'),
  date: z.iso.datetime(),
  commit: z.string(),
  machine: z.object({ cpu: z.string() }),
  versions: z.object({ onnxruntime: z.string() }),
  gates: z.array(z.object({ gate: z.string(), verdict: z.string() })),
  parts: z.array(z.object({ part: z.string(), ended: z.string(), rows: z.array(row) })),
})

/** The script at its smallest, in the time given, in seconds; all parts unless some are named. */
async function run(limit: number, some = '') {
  const out = await mkdtemp(join(tmpdir(), 'i2i-gpu-test-'))
  onTestFinished(() => rm(out, { recursive: true }))
  const env = {
    ...process.env,
    OUT: out,
    SMALL: '1',
    DEVICE: 'cpu',
    LIMIT: String(limit),
    PARTS: some,
  }
  const { status, stdout } = spawnSync('bash', [SCRIPT], { env, encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  const [results, rows] = await Promise.all(
    ['gpu.json', 'rows.jsonl'].map((name) => readFile(join(out, name), 'utf8')),
  )
  return {
    out,
    status,
    last: JSON.parse(lines.at(-1) ?? ''),
    results: kept.parse(JSON.parse(results ?? '')),
    rows: (rows ?? '').split('\n').filter(Boolean),
  }
}

describe('gpu.sh', () => {
  it('keeps rows or a reason for every part in one JSON', async () => {
    const { out, last, results, rows } = await run(10)
    expect(results.parts.map(({ part }) => part)).toEqual(parts.map(({ name }) => name))
    for (const { ended, rows } of results.parts) {
      expect(ended === 'done' ? rows.length : ended).toBeTruthy()
    }
    expect(rows).toHaveLength(results.parts.flatMap((part) => part.rows).length)
    expect(last).toMatchObject({ bench: 'gpu', results: join(out, 'gpu.json') })
  })

  it('takes a part alone that is named, whole where there is time', {
    timeout: 120_000,
  }, async () => {
    const [words, ...others] = (await run(100, 'words')).results.parts
    expect([words?.part, words?.ended, others]).toEqual(['words', 'done', []])
    expect(words?.rows.length).toBeGreaterThan(0)
    expect(words?.rows.filter(({ failed }) => failed !== undefined)).toEqual([])
  })

  it('skips all parts where there is no time, says so, and fails', async () => {
    const { status, results } = await run(3)
    const reasons = new Set(results.parts.map(({ ended }) => ended))
    expect([...reasons]).toEqual(['skipped: no time left'])
    expect(results.gates.map(({ verdict }) => verdict)).not.toContain('PASS')
    expect(status).toBe(1)
  })
})
