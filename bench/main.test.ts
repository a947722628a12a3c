import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { benches } from './benches.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

/** `npm run bench -- ARGS`. */
async function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const run = promisify(execFile)(process.execPath, [...typescriptLoader(), MAIN, ...args])
  const { stdout, stderr } = await run.catch((error) => error)
  return { code: run.child.exitCode ?? -1, out: stdout, err: stderr }
}

it('lists every bench with its options', async () => {
  const { code, out } = await bench('help')
  expect(code).toBe(0)
  for (const [name, { options }] of Object.entries(benches)) {
    expect(out).toContain(`\n  ${name} `)
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}`)
  }
})

it('refuses a bench that there is not, and what a bench has no use for, in a sentence', async () => {
  const [unknown, tooMuch] = await Promise.all([bench('opne'), bench('target', 'everything')])
  expect([unknown.code, tooMuch.code]).toEqual([1, 1])
  expect(unknown.err).toMatch(/^opne is no bench: name open, .*, or help\.$/m)
  expect(tooMuch.err).toBe('bench target does not know what everything is for.\n')
})
