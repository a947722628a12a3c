/** The page before two processes over a Redis: a gateway, and workers that enhance, draw, and are killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { freePort } from '#platform/free-port.case.ts'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { writeScriptedQwen } from '#worker/enhance/scripted-qwen.case.ts'
import {
  choosePhoto,
  hasBrowser,
  openBrowser,
  violationsOn,
  visit,
} from '../gateway/page/page.case.ts'
import { routingView } from '../gateway/routing/routing-view.ts'

/** On a machine that does much else, a process takes ten times as long to start. */
const PATIENCE_MS = 150_000
const programs = {
  gateway: fileURLToPath(new URL('../gateway/main.ts', import.meta.url)),
  worker: fileURLToPath(new URL('../worker/daemon/main.ts', import.meta.url)),
}

let folder: string
let redis: PrivateRedis
let url: string
let worker: ChildProcess
let checkpoint: string
let browser: Browser
let page: Page
const living: ChildProcess[] = []

describe.skipIf(!hasBrowser || privateRedisMissing)(
  'the page before a gateway and workers',
  { timeout: 2 * PATIENCE_MS },
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'i2i-page-redis-'))
      redis = await privateRedis()
      checkpoint = await writeCheckpoint(folder, 'tiny-single')
      const port = await freePort()
      url = `http://127.0.0.1:${port}`
      run('gateway', { GATEWAY_PORT: `${port}` })
      browser = await openBrowser()
      await vi.waitFor(async () => expect((await fetch(`${url}/ready`)).ok).toBe(true), PATIENT)
      page = (await visit(browser, url)).page
      page.setDefaultTimeout(PATIENCE_MS)
    }, PATIENCE_MS)
    afterAll(async () => {
      await browser.close()
      for (const child of living) child.kill('SIGKILL')
      await redis[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    })

    it('says who would do it, and says it anew when there is a worker who does', async () => {
      await choosePhoto(page)
      await page.locator('#prompt').fill('a fox')
      await plan('No worker can take it now: it waits until one can.')
      worker = runWorker()
      // The page looks when the worker is heard of, and not yet believed to stay.
      await vi.waitFor(async () => expect((await routing()).local.live).toBe(1), RARELY)
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
      await plan('How long that takes is known after the first.')
    })

    it('shows the enhanced prompt beside the one that was written, and who wrote it', async () => {
      worker.kill('SIGKILL')
      worker = runWorker({ QWEN_PATH: await writeScriptedQwen(folder, PHRASES) })
      await page.locator('#enhance:enabled:checked').waitFor()
      await page.locator('#send').click()
      await page.locator('.result').waitFor()
      expect(await page.locator('.prompts figure').allTextContents()).toEqual([
        'You wrotea fox',
        'Enhanced toa fox, golden hour light, fine film grain',
      ])
      expect(await page.locator('.ran dd').first().textContent()).toBe('Qwen 2.5')
      await plan(/steps\. About (\d+ s|a second)/)
      expect(await violationsOn(page)).toEqual([])
    })

    it('says so while a worker that was killed is missed, and ends with the picture of the next', async () => {
      const body = {
        prompt: 'a fox of two workers',
        steps: 150,
        num_images: 2,
        skip_enhancement: true,
      }
      const headers = { 'content-type': 'application/json' }
      const asked = await fetch(`${url}/v1/jobs`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      expect(asked.status).toBe(202)
      await page.reload()
      await words('Drawing')
      worker.kill('SIGKILL')
      await words('No worker answers. The job is kept')
      expect(await violationsOn(page)).toEqual([])
      runWorker()
      await words('Begun again')
      await page.locator('.result').waitFor()
      await page.locator('.prompts').filter({ hasText: 'a fox of two workers' }).waitFor()
    })
  },
)

const PHRASES = [' golden hour light', ', fine film grain']
const PATIENT = { timeout: PATIENCE_MS, interval: 50 }
/** No more often than a caller may ask. */
const RARELY = { timeout: PATIENCE_MS, interval: 500 }

const plan = (text: string | RegExp) => page.locator('#plan').filter({ hasText: text }).waitFor()
const routing = async () => routingView.parse(await (await fetch(`${url}/v1/workers`)).json())
const words = (text: string) => page.locator('.progress-words').filter({ hasText: text }).waitFor()

const runWorker = (enhancer: Readonly<Record<string, string>> = {}) =>
  run('worker', {
    ...{ SDXL_CHECKPOINT: checkpoint, CHECKPOINT_CONTENT: 'sfw', DEVICE: 'cpu', THREADS: '1' },
    ...{ WORKER_PORT: '0', WORKER_HOST: '127.0.0.1', ...enhancer },
  })

/** Silence is seconds long, not half a minute; who is only slow may fall silent as often as it likes. */
function run(program: keyof typeof programs, variables: Readonly<Record<string, string>>) {
  const { PATH, HOME } = process.env
  const storage = { DATA_FOLDER: folder, STORAGE_FOLDER: join(folder, 'files') }
  const line = { REDIS_URL: redis.url, LEASE_MS: '3000', MOST_STALLS: '100', ...storage }
  const child = spawn(process.execPath, [...typescriptLoader(), programs[program]], {
    env: { PATH, HOME, ...line, ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  living.push(child)
  return child
}
