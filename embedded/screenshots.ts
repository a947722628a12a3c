/** `npm run screenshots`: the page's main states, as `npm start` shows them on this machine, for the README. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { freePort } from '#platform/free-port.case.ts'
import { sharp } from '#platform/image/sharp.ts'
import { writeFileWhole } from '#platform/image/write-file.ts'
import { endAll, start } from './started.case.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'gateway', 'page', 'screenshots')
const CAT = join(root, 'examples', 'cat.jpg')
const DEBIANS = '/usr/bin/chromium'
const PATIENCE_MS = 300_000

interface Look {
  readonly width: number
  readonly height: number
  readonly colorScheme: 'light' | 'dark'
}

const wide: Look = { width: 1280, height: 900, colorScheme: 'light' }
const phone: Look = { width: 390, height: 844, colorScheme: 'dark' }

const home = await mkdtemp(join(tmpdir(), 'i2i-screenshots-'))
const browser = await chromium.launch({
  executablePath: DEBIANS,
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  await mkdir(folder, { recursive: true })
  const running = start(await freePort(), { DATA_FOLDER: home })
  await running.ready()
  await onWide(await open(browser, running.url, wide))
  await onPhone(await open(browser, running.url, phone))
} finally {
  await browser.close()
  endAll()
  await rm(home, { recursive: true, force: true })
}

async function onWide(page: Page): Promise<void> {
  await page.locator('#plan p').first().waitFor()
  await shoot(page, 'start')
  await page.locator('#file').setInputFiles(CAT)
  await page.locator('#prompt').fill('cat face on a blue background')
  await page.locator('#plan').filter({ hasText: '12 evaluations' }).waitFor()
  await page.locator('#send').click()
  await page.locator('.sight .now').waitFor()
  await page
    .locator('.progress-words')
    .filter({ hasText: /Drawing: [6-9]/ })
    .waitFor()
  await shoot(page, 'working')
  await page.locator('.result .before').waitFor()
  await shoot(page, 'result')
  await page.locator('label:has(input[value=copy])').click()
  await page.locator('#plan').filter({ hasText: '1 evaluation,' }).waitFor()
  await shoot(page, 'copy')
  await page.locator('label:has(input[value=modify])').click()
  await page.locator('#notice p').waitFor({ state: 'detached' })
  const photo = { mimeType: 'image/jpeg', buffer: await readFile(CAT) }
  const photos = [1, 2, 3, 4].map((i) => ({ name: `holiday ${i}.jpg`, ...photo }))
  const other = Buffer.from('%PDF-1.7')
  const pdf = { name: 'invoice.pdf', mimeType: 'application/pdf', buffer: other }
  await page.locator('#file').setInputFiles([...photos, pdf])
  await page.locator('#photo-list .trouble').waitFor()
  await page.locator('#send').click()
  await page.locator('#batch-summary').filter({ hasText: '2 of 5 made' }).waitFor()
  await shoot(page, 'batch')
  await page.getByRole('button', { name: 'Cancel all' }).click()
}

async function onPhone(page: Page): Promise<void> {
  await page.locator('.made .result, .made .ended, .made .running').first().waitFor()
  await page.locator('#file').setInputFiles(CAT)
  await page.locator('#photo-ways').waitFor()
  await shoot(page, 'phone')
}

async function open(browser: Browser, url: string, look: Look): Promise<Page> {
  const { width, height, colorScheme } = look
  const viewport = { width, height }
  // No colour is caught on its way to another.
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await page.goto(url)
  return page
}

/** As WebP: a fifth of a PNG's bytes. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)')
  const path = join(folder, `${name}.webp`)
  const webp = await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toBuffer()
  await writeFileWhole(path, webp)
  process.stderr.write(`${path}\n`)
}
