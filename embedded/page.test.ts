import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { freePort } from '#platform/free-port.case.ts'
import { choosePhoto, hasBrowser, openBrowser, visit } from '../gateway/page/page.case.ts'
import { endAll, type Started, start } from './started.case.ts'

/** On a machine that does much else, a process takes ten times as long to start, and a picture to be made. */
const PATIENCE_MS = 150_000

let folder: string
let port: number
let running: Started
let browser: Browser
let page: Page

describe.skipIf(!hasBrowser)('the page before all of it', { timeout: PATIENCE_MS }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-page-'))
    port = await freePort()
    await begin()
    browser = await openBrowser()
    page = (await visit(browser, running.url)).page
    page.setDefaultTimeout(PATIENCE_MS)
  }, PATIENCE_MS)
  afterAll(async () => {
    await browser.close()
    endAll()
    await rm(folder, { recursive: true, force: true })
  })

  it('says what kind of pictures are made here, and that nobody enhances prompts', async () => {
    await page.locator('#pictures-note').filter({ hasText: 'demo checkpoint' }).waitFor()
    await page.locator('#enhance-why').filter({ hasText: 'QWEN_PATH' }).waitFor()
    expect(await page.locator('#enhance').isDisabled()).toBe(true)
  })

  it('shows previews while a picture is made, and nothing on it moves', async () => {
    await choosePhoto(page)
    await page.locator('#prompt').fill('a cat that is watched')
    await page.locator('#plan p').first().waitFor()
    // What a person does may move something; from here on nobody does anything.
    const jobId = await ask({ prompt: 'a cat that is watched', steps: 150 })
    await page.reload()
    await page.locator('#pictures-note').waitFor()
    await page.locator('#plan p').first().waitFor()
    await page.locator('.sight').waitFor()
    await page.evaluate(`window.shifts = []
      new PerformanceObserver((list) => {
        for (const { sources } of list.getEntries()) {
          for (const { node } of sources) window.shifts.push(node?.outerHTML ?? node?.textContent)
        }
      }).observe({ type: 'layout-shift' })`)
    const seen = new Set<string | null>()
    await expect
      .poll(
        async () => {
          const preview = page.locator('.sight .now')
          if (await preview.count()) seen.add(await preview.getAttribute('src'))
          return seen.size
        },
        { timeout: PATIENCE_MS, interval: 100 },
      )
      .toBeGreaterThanOrEqual(2)
    for (const url of seen) expect(url).toMatch(/^data:image\/jpeg;base64,/)
    expect(await page.evaluate('window.shifts')).toEqual([])
    // It was to be long enough to be watched, and nobody waits for its end.
    await fetch(`${running.url}/v1/jobs/${jobId}`, { method: 'DELETE' })
    await page.locator('.sight').waitFor({ state: 'detached' })
  })

  it('ends with a picture though the engine is killed in the middle of it', async () => {
    await ask({ prompt: 'a cat of two engines', steps: 50 })
    await page.reload()
    await page.locator('.progress-words').filter({ hasText: 'Drawing' }).waitFor()
    process.kill(running.engine(), 'SIGKILL')
    await page.locator('.result').waitFor()
    await page.locator('.prompts').filter({ hasText: 'a cat of two engines' }).waitFor()
  })

  it('goes on where it was when the whole is killed and started again, and keeps what is being written', async () => {
    await ask({ prompt: 'a cat of two lives', steps: 50 })
    await page.reload()
    await page.locator('.progress-words').filter({ hasText: 'Drawing' }).waitFor()
    running.child.kill('SIGKILL')
    await running.ended
    await page.locator('.progress-words').filter({ hasText: 'connection is lost' }).waitFor()
    await page.locator('#prompt').fill('written while nobody was there')
    await page.locator('#health-line').filter({ hasText: 'No answer' }).waitFor()
    await expect.poll(running.processes, { timeout: PATIENCE_MS }).toEqual([])
    await begin()
    await page.locator('.result').waitFor()
    await page.locator('.prompts').filter({ hasText: 'a cat of two lives' }).waitFor()
    expect(await page.locator('#prompt').inputValue()).toBe('written while nobody was there')
  })
})

async function begin(): Promise<void> {
  running = start(port, { DATA_FOLDER: folder, DRAIN_MS: '300' })
  await running.ready()
}

/** For a job of some seconds, which the page has no field for. @returns its id. */
async function ask(body: object): Promise<string> {
  const answer = await fetch(`${running.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(202)
  return z.object({ jobId: z.string() }).parse(await answer.json()).jobId
}
