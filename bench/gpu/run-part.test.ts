import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Row } from './part-task.ts'
import { runPart } from './run-part.ts'

/** A part of three steps, each of which runs a line of JavaScript and then reports. */
const part = (...steps: readonly [string, string, string]) => `
  const say = (line) => require('fs').writeSync(Number(process.env.ROWS_FD), JSON.stringify(line) + '\\n')
  const skip = JSON.parse(process.argv[1])
  const steps = ${JSON.stringify(steps)}
  for (const [i, step] of steps.entries()) {
    if (skip.includes('step ' + i)) continue
    say({ step: 'step ' + i })
    new Function('say', 'require', step)(say, require)
    say({ row: { what: 'step ' + i } })
  }
  say({ done: true })`

interface Limits {
  readonly limitMs?: number
  readonly stepLimitMs?: number
}

async function run(
  script: string,
  { limitMs = 20_000, stepLimitMs = 20_000 }: Limits = {},
): Promise<{ readonly ended: string; readonly rows: readonly Row[]; readonly lines: string[] }> {
  const rows: Row[] = []
  const lines: string[] = []
  const ended = await runPart(
    {
      argv: (skip) => [process.execPath, '-e', script, JSON.stringify(skip)],
      environment: {},
      limitMs,
      stepLimitMs,
    },
    { onStep() {}, onRow: (row) => rows.push(row), onLine: (line) => lines.push(line) },
  )
  return { ended, rows, lines }
}

const failures = (rows: readonly Row[]) => rows.map(({ what, failed }) => [what, failed ?? 'fine'])

/** A process that has ended may stay listed, as a zombie, where nobody asks how it ended. */
function isRunning(pid: unknown): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'))
}

describe('a part', () => {
  it('is done when all of its steps are, and what libraries print is no finding', async () => {
    const { ended, rows, lines } = await run(part('', 'console.log(\'{"row":\')', ''))
    expect(ended).toBe('done')
    expect(failures(rows)).toEqual([0, 1, 2].map((i) => [`step ${i}`, 'fine']))
    expect(lines).toEqual(['{"row":'])
  })

  it('that crashes in a step loses that step alone', async () => {
    const { ended, rows } = await run(part('', 'process.abort()', ''))
    expect(ended).toBe('done')
    expect(failures(rows)).toEqual([
      ['step 0', 'fine'],
      ['step 1', expect.stringContaining('its process ended with SIGABRT')],
      ['step 2', 'fine'],
    ])
  })

  it('that hangs in a step is killed, and goes on behind it', async () => {
    const { ended, rows } = await run(part('', 'while (true) {}', ''), { stepLimitMs: 1000 })
    expect(ended).toBe('done')
    expect(failures(rows)).toEqual([
      ['step 0', 'fine'],
      ['step 1', 'killed: it took more than 1 s'],
      ['step 2', 'fine'],
    ])
  })

  it('that says itself what failed, and ends, is not told of twice', async () => {
    const failing = "say({ row: { what: 'step 0', failed: 'no kernel' } }); process.exit(1)"
    const { rows } = await run(part(failing, '', ''))
    expect(failures(rows)).toEqual([
      ['step 0', 'no kernel'],
      ['step 1', 'fine'],
      ['step 2', 'fine'],
    ])
  })

  it('is killed at its limit with all that it started, and keeps what it had found', async () => {
    const child = "require('child_process').spawn('sleep', ['60'], { stdio: 'ignore' })"
    const script = part(
      '',
      `say({ row: { what: 'child', pid: ${child}.pid } }); while (true) {}`,
      '',
    )
    const { ended, rows } = await run(script, { limitMs: 2500 })
    expect(ended).toBe('killed: the part had no time left')
    expect(failures(rows)).toEqual([
      ['step 0', 'fine'],
      ['child', 'fine'],
      ['step 1', 'killed: the part had no time left'],
    ])
    expect(isRunning(rows[1]?.pid)).toBe(false)
  })

  it('that has said all is done, even if its process does not end', async () => {
    const { ended } = await run(part('', '', 'setInterval(() => {}, 1000)'))
    expect(ended).toBe('done')
  })

  it('that does not start says why, and is not tried again', async () => {
    const { ended, rows } = await run("console.error('no such library'); process.exit(3)")
    expect(ended).toBe('its process ended with 3: no such library')
    expect(rows).toEqual([])
  })
})
