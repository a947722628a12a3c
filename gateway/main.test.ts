import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { typescriptLoader } from '#platform/typescript-loader.ts'

let folder: string
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-main-'))
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** As a person starts it, with what they set. */
function start(variables: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [...typescriptLoader(), 'gateway/main.ts'], {
    env: { PATH, HOME, DATA_FOLDER: folder, GATEWAY_PORT: '0', ...variables },
  })
  children.push(child)
  let output = ''
  const heard = (data: unknown) => {
    output += String(data)
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    child,
    ended,
    output: () => output,
    async until(text: string): Promise<void> {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(output)
        await sleep(20)
      }
    },
  }
}

it('says who holds its port', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => holder.once('listening', resolve))
  const { port } = holder.address() as AddressInfo
  const { ended, output } = start({ GATEWAY_PORT: String(port), FAL_KEY: 'a:b' })
  expect(await ended).toBe(1)
  expect(output()).toContain(`Port ${port} of 127.0.0.1 is taken by another program`)
  expect(output()).not.toContain('    at ')
  holder.close()
})

it('ends when it is told to, once its requests are answered', async () => {
  const { child, until, ended, output } = start({ FAL_KEY: 'a:b', DRAIN_DELAY_MS: '10' })
  await until('"listening"')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(output()).toContain('"outcome":"drained"')
})

it('is not ready once it is told to end, and ends at once at the second signal', async () => {
  const { child, until, ended, output } = start({ FAL_KEY: 'a:b', DRAIN_DELAY_MS: '60000' })
  await until('"listening"')
  const [, port] = /"port":(\d+)/.exec(output()) ?? []
  const url = `http://127.0.0.1:${port}`
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  child.kill('SIGTERM')
  await until('"draining"')
  const draining = await fetch(`${url}/ready`)
  expect([draining.status, await draining.json()]).toMatchObject([503, { status: 'draining' }])
  expect((await fetch(`${url}/health`)).status).toBe(200)
  // Two signals at once are one wish.
  await sleep(400)
  child.kill('SIGTERM')
  expect(await ended).toBe(1)
  expect(output()).toContain('"ending at once"')
})
