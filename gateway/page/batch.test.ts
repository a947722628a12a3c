import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import { type TestGateway, testGateway } from '../gateway.case.ts'
import { type StandInWorker, standInWorker } from '../surfaces/stand-in-worker.case.ts'
import {
  hasBrowser,
  openBrowser,
  type PhotoFile,
  photoOf,
  violationsOn,
  visit,
} from './page.case.ts'

const run = promisify(execFile)
const pdf = { name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') }

let browser: Browser
let gateway: TestGateway
let worker: StandInWorker
let page: Page

describe.skipIf(!hasBrowser)('several photos', () => {
  beforeAll(async () => {
    gateway = await testGateway()
    browser = await openBrowser()
  })
  beforeEach(async () => {
    const visited = await visit(browser, gateway.url)
    page = visited.page
  })
  afterEach(async () => {
    await page.context().close()
    await worker[Symbol.asyncDispose]()
  })
  afterAll(async () => {
    await browser.close()
    await gateway[Symbol.asyncDispose]()
  })

  it('are each modified alike; a PDF among them and one that fails stop no other; all come as one zip', async () => {
    const refused = new Failure('image-unreadable', 'The reference is damaged. Send another.')
    worker = standInWorker(gateway.queue, gateway.storage, {
      fail: () => (worker.taken.length === 2 ? refused : undefined),
    })
    await dropFiles(['a.jpg', 'a.jpg', 'b?.jpg', 'ü.jpg'].map(photoOf).concat(pdf))
    await page.locator('#photo-list li').nth(4).filter({ hasText: 'This is a PDF' }).waitFor()
    await page.locator('#prompt').fill('in the snow')
    expect(await violationsOn(page)).toEqual([])
    await page.getByRole('button', { name: 'Make 5 pictures' }).click()
    await waitFor('#batch-summary', '3 of 5 made, 2 failed')
    await line('notes.pdf').filter({ hasText: 'This is a PDF' }).waitFor()
    expect(await page.locator('#batch-list .trouble').allTextContents()).toEqual([
      'The reference is damaged. Send another.',
      expect.stringContaining('This is a PDF'),
    ])
    expect(await violationsOn(page)).toEqual([])
    expect(worker.taken.map(({ asked, mode }) => [asked.prompt, mode])).toEqual(
      Array.from({ length: 4 }, () => ['in the snow', 'modify']),
    )
    expect(new Set(worker.taken.map(({ reference }) => JSON.stringify(reference))).size).toBe(4)

    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download 3 pictures as one zip' }).click()
    const { CRCs, names } = await unzipped(await (await download).path())
    expect([CRCs, names.toSorted()]).toEqual([null, ['a.png', 'b_.png', 'ü.png']])
    await page.getByRole('button', { name: 'Show b?.jpg' }).click()
    await page.locator('#stage .compare .before').waitFor()
  })

  it('are each cancelled alone, or all at once, and one that is being made is dropped', async () => {
    worker = standInWorker(gateway.queue, gateway.storage, { takesMs: 600_000 })
    await dropFiles(['a.jpg', 'b.jpg', 'c.jpg'].map(photoOf))
    await page.locator('#prompt').fill('in the rain')
    await page.locator('#send').click()
    await line('a.jpg').filter({ hasText: 'Drawing: 1 of 4' }).waitFor()
    await page.getByRole('button', { name: 'Cancel b.jpg' }).click()
    await waitFor('#batch-summary', '0 of 3 made, 1 cancelled')
    await page.keyboard.press('Escape')
    await page.locator('#notice').getByRole('button', { name: 'Cancel all' }).click()
    await waitFor('#batch-summary', '0 of 3 made, 3 cancelled')
    expect(worker.cancelled).toHaveLength(1)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.locator('#batch').waitFor({ state: 'hidden' })
  })

  it('go on though the form has let go of them, and another batch waits for its turn', async () => {
    worker = standInWorker(gateway.queue, gateway.storage)
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/v1/uploads', async (route) => {
      await released
      await route.continue()
    })
    await dropFiles(['a.jpg', 'b.jpg', 'c.jpg'].map(photoOf))
    await page.locator('#photo-list img').nth(2).waitFor()
    await page.locator('#prompt').fill('in the sun')
    await page.locator('#send').click()
    await waitFor('#batch-summary', '0 of 3 made')
    await page.locator('#send').click()
    await waitFor('#send-trouble', 'A batch is under way.')
    for (const name of ['c.jpg', 'b.jpg']) {
      await page.getByRole('button', { name: `Remove ${name}` }).click()
    }
    release()
    await waitFor('#batch-summary', '3 of 3 made')
    expect(worker.taken).toHaveLength(3)
  })

  it('go on after a reload, none of them made twice', async () => {
    let isHeld = true
    worker = standInWorker(gateway.queue, gateway.storage, {
      isHeld: () => isHeld && worker.taken.length > 1,
    })
    await page.locator('#prompt').fill('in the fog')
    await dropFiles(['a.jpg', 'b.jpg', 'c.jpg'].map(photoOf))
    await page.locator('#send').click()
    await waitFor('#batch-summary', '1 of 3 made')
    await page.reload()
    isHeld = false
    await waitFor('#batch-summary', '3 of 3 made')
    expect(worker.taken).toHaveLength(3)
    expect(await page.locator('#photo-list li').count()).toBe(3)
    expect(await page.locator('#prompt').inputValue()).toBe('in the fog')
  })

  it('make one picture where they are told to, in their order, and who uses which is said', async () => {
    worker = standInWorker(gateway.queue, gateway.storage)
    await page.locator('#file').setInputFiles(photoOf('first.jpg'))
    await page.locator('#photo-ways').waitFor()
    for (const name of ['second.jpg', 'third.jpg']) {
      const chooser = page.waitForEvent('filechooser')
      const isFirst = name === 'second.jpg'
      await page.locator(isFirst ? '#photo-add' : '#drop .drop-label').click()
      await (await chooser).setFiles(photoOf(name))
      await page.locator('#photo-list li').filter({ hasText: name }).waitFor()
    }
    expect(await page.locator('input[value=together]').isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Move third.jpg up' }).click()
    await page.getByRole('button', { name: 'Move third.jpg up' }).click()
    await page.getByRole('button', { name: 'Remove second.jpg' }).click()
    expect(await page.locator('#photo-list .name').allTextContents()).toEqual([
      'third.jpg',
      'first.jpg',
    ])
    await waitFor('#plan', 'the further ones are left out')
    await page.locator('#prompt').fill('both of them')
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.locator('.ran').filter({ hasText: 'the further ones are left out' }).waitFor()
    const [job] = worker.taken
    expect([job?.reference, job?.furtherReferences]).toEqual([
      { path: expect.any(String) },
      [{ path: expect.any(String) }],
    ])
    await page.reload()
    await page.locator('#photo-list li').nth(1).waitFor()
    expect(await page.locator('input[value=together]').isChecked()).toBe(true)
  })
})

/** As from another window. */
async function dropFiles(files: readonly PhotoFile[]): Promise<void> {
  const given = files.map(({ buffer, ...file }) => ({ ...file, bytes: buffer.toString('base64') }))
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer()
    for (const { name, mimeType: type, bytes } of ${JSON.stringify(given)}) {
      const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))
      data.items.add(new File([content], name, { type }))
    }
    return data
  })()`)
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer })
}

const line = (name: string) => page.locator('#batch-list li').filter({ hasText: name })

async function waitFor(selector: string, text: string): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).waitFor()
}

/** By another's hand: Python's. */
async function unzipped(path: string): Promise<{ CRCs: string | null; names: string[] }> {
  const script = `import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
print(json.dumps({"CRCs": archive.testzip(), "names": archive.namelist()}))`
  const { stdout } = await run('python3', ['-c', script, path])
  return JSON.parse(stdout)
}
