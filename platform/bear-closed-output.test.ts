import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { typescriptLoader } from '#platform/typescript-loader.ts'

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

it.each([
  'deploy/main.ts',
  'worker/models/main.ts',
  'worker/queue/main.ts',
  'worker/cli/main.ts',
  'gateway/callers/main.ts',
])('%s ends as it would have where nobody reads on', async (main) => {
  const words = [...typescriptLoader(), here(main), '--help']
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, words, {
    stdio: [...stdio],
    env: { PATH: process.env.PATH },
  })
  child.stdout?.destroy()
  const [said, [status]] = await Promise.all([text(child.stderr ?? []), once(child, 'exit')])
  expect([status, said]).toEqual([0, ''])
})
