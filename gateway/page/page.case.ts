/** The page in a real browser, before a real gateway, for tests. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

/** Debian's, or whatever CHROMIUM names. */
const places = [
  ...(process.env.CHROMIUM ? [process.env.CHROMIUM] : []),
  ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
]
const executablePath = places.find((path) => existsSync(path))

/** In CI tests fail without one, and elsewhere they are left out. */
export const hasBrowser = executablePath !== undefined || process.env.CI !== undefined

export const CAT = join(import.meta.dirname, '..', '..', 'examples', 'cat.jpg')

export async function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error('there is no chromium: apt-get install chromium, or set CHROMIUM')
  }
  // Root, as in containers, has no sandbox.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page logged as an error, or threw. */
  readonly errors: readonly string[]
}

export type Visiting = NonNullable<Parameters<Browser['newContext']>[0]>

/** As somebody comes who was never there before. */
export async function visit(browser: Browser, url: string, options: Visiting = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // Browsers log answers that the page has words for.
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) errors.push(message.text())
  })
  await page.goto(url)
  return { page, context, errors }
}

/** Chooses a photo, and waits until the gateway has it. */
export async function choosePhoto(page: Page, file: string | PhotoFile = CAT): Promise<void> {
  const uploaded = page.waitForResponse((response) => response.url().endsWith('/v1/uploads'))
  await page.locator('#file').setInputFiles(file)
  expect((await uploaded).status()).toBe(201)
}

export interface PhotoFile {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

const photo = readFileSync(CAT)
/** The same cat under any name. */
export const photoOf = (name: string): PhotoFile => ({
  ...{ name, mimeType: 'image/jpeg', buffer: photo },
})

/** Of a worker that is there and enhances prompts. */
export const REPORT = {
  ...{ version: '0.1.0', state: 'idle', inFlight: 0, heldSeconds: 0, device: 'cpu' },
  ...{ checkpoint: 'stand-in', modes: ['modify', 'copy', 'txt2img'], loras: false, service: [] },
  enhancement: { available: true },
}

const PHONE = { width: 390, height: 844 }

/** What axe finds as the page is, and on a phone in the dark; each with the elements that it is found in. */
export async function violationsOn(page: Page): Promise<string[]> {
  const found = await violationsHere(page)
  const viewport = page.viewportSize()
  // A colour that is still on its way to another is neither.
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await page.setViewportSize(PHONE)
  found.push(...(await violationsHere(page)).map((each) => `on a phone in the dark, ${each}`))
  if (viewport) await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  return found
}

async function violationsHere(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
