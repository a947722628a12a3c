import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import type { Subject } from './subjects.ts'
import { compareVersions, type Versions, verdictOf } from './versions.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** No clock: what a version "takes" is written in it, and scatters by a few percent with the process. */
const script = (ms: number) =>
  `console.log(JSON.stringify({ ms: ${ms} * (1 + (process.pid % 7) / 100) }))\n`

const subject: Subject = {
  script: 'once.mjs',
  found: z.object({ ms: z.number() }).transform(({ ms }) => ms),
  devices: ['cpu'],
  task: async () => ({}),
}

let [folder, root, temporary] = ['', '', '']
const tmp = process.env.TMPDIR

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-compare-test-'))
  ;[root, temporary] = [join(folder, 'repository'), join(folder, 'temporary')]
  await mkdir(root)
  await mkdir(temporary)
  process.env.TMPDIR = temporary
  git('init', '--quiet')
  await writeFile(join(root, 'other.txt'), 'nothing to run\n')
  commit('before', 'other.txt')
  await writeFile(join(root, 'once.mjs'), script(100))
  commit('slow', 'once.mjs')
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'once.mjs'), script(80))
})

afterAll(async () => {
  if (tmp === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = tmp
  await rm(folder, { recursive: true })
})

function git(...args: string[]): string {
  const as = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
  return execFileSync('git', [...as, ...args], { cwd: root, encoding: 'utf8' })
}

function commit(tag: string, file: string): void {
  git('add', file)
  git('commit', '--quiet', '--message', tag)
  git('tag', tag)
}

/** The loader keeps a cache of its own there. */
const left = async () => (await readdir(temporary)).filter((name) => name.startsWith('i2i-'))

const against = (ref: string): Versions => ({
  root,
  ref,
  rounds: 3,
  checkpoint: '',
  device: 'cpu',
  signal: new AbortController().signal,
  print: () => {},
})

describe('compareVersions', () => {
  it("runs each version's own script, and leaves nothing of the ref behind", async () => {
    const before = git('status', '--porcelain', '--ignored')
    const { verdict, ratio, raw } = await compareVersions(subject, against('slow'))
    expect(verdict).toBe('faster')
    expect(ratio).toBeGreaterThan(0.75)
    expect(ratio).toBeLessThan(0.85)
    expect([raw.tree.length, raw.ref.length]).toEqual([3, 3])
    expect(Math.min(...raw.ref)).toBeGreaterThanOrEqual(100)
    expect(await left()).toEqual([])
    expect(git('status', '--porcelain', '--ignored')).toBe(before)
  })

  it('refuses a ref that has no such script, in a sentence', async () => {
    await expect(compareVersions(subject, against('before'))).rejects.toThrow(
      'before has no once.mjs: compare with a ref that came later, or by another --bench.',
    )
    expect(await left()).toEqual([])
  })

  it('refuses what names no commit', async () => {
    await expect(compareVersions(subject, against('nowhere'))).rejects.toThrow(
      'nowhere names no commit here',
    )
  })
})

it('leaves nothing of the ref behind, and nothing running, when the system ends it', async () => {
  const [driver, begun] = [join(root, 'driver.ts'), join(folder, 'begun')]
  await writeFile(
    join(root, 'forever.mjs'),
    `import { writeFileSync } from 'node:fs'
     writeFileSync(${JSON.stringify(begun)}, String(process.pid))
     setInterval(() => {}, 1000)\n`,
  )
  commit('forever', 'forever.mjs')
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  await writeFile(
    driver,
    `import { compareVersions } from ${url('versions.ts')}
     import { untilInterrupted } from ${url('until-interrupted.ts')}
     const subject = { script: 'forever.mjs', found: undefined, task: async () => ({}) }
     await untilInterrupted((signal) => compareVersions(subject, {
       root: ${JSON.stringify(root)}, ref: 'HEAD', rounds: 3, checkpoint: '', signal, print() {},
     }))`,
  )
  const child = spawn(process.execPath, [...typescriptLoader(), driver], { cwd: ROOT })
  const ended = once(child, 'exit')
  const written = () => readFile(begun, 'utf8').catch(() => '')
  await expect.poll(written).toMatch(/^\d+$/)
  const pid = Number(await written())
  expect(await left()).not.toEqual([])
  child.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  expect(await left()).toEqual([])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

describe('verdictOf', () => {
  it.each([
    [0.8, 0.9, 'faster'],
    [1.01, 1.2, 'slower'],
    [0.9, 1.1, 'same within noise'],
    [1, 1.1, 'same within noise'],
  ] as const)('of an interval from %d to %d is %s', (low, high, verdict) => {
    expect(verdictOf({ ratio: (low + high) / 2, low, high })).toBe(verdict)
  })
})
