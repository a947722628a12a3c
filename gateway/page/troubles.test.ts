import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import { encodeImage } from '#platform/image/encode.ts'
import { createKey } from '../callers/key-records.ts'
import { SECRET, type TestGateway, testGateway } from '../gateway.case.ts'
import { type StandInWorker, standInWorker } from '../surfaces/stand-in-worker.case.ts'
import { CAT, choosePhoto, hasBrowser, openBrowser, violationsOn, visit } from './page.case.ts'

let browser: Browser
let gateway: TestGateway
let worker: StandInWorker

describe.skipIf(!hasBrowser)('what goes wrong', () => {
  beforeAll(async () => {
    gateway = await testGateway()
    const fail = () =>
      new Failure('policy-prompt', 'What is described will not be made. Describe something else.')
    worker = standInWorker(gateway.queue, gateway.storage, { fail })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await worker[Symbol.asyncDispose]()
    await gateway[Symbol.asyncDispose]()
  })

  it.each([
    ['a PDF', 'photo.jpg', Buffer.from('%PDF-1.7 and so on'), 'This is a PDF'],
    ['a HEIC', 'IMG_1.HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), 'This is HEIC'],
    ['an empty file', 'photo.png', Buffer.alloc(0), 'This file is empty'],
    [
      'no picture',
      'photo.jpg',
      Buffer.from('\xff\xd8\xff\xe0 nothing that follows', 'latin1'),
      'This photo is damaged',
    ],
    ['half a JPEG', 'photo.jpg', readFileSync(CAT).subarray(0, 20_000), /damaged|decoded/],
  ])('is told beside the photo: %s', async (_, name, buffer, words) => {
    const { page } = await visit(browser, gateway.url)
    await page.locator('#prompt').fill('kept')
    await page.locator('#file').setInputFiles({ name, mimeType: 'image/jpeg', buffer })
    await page.locator('#reference-trouble').filter({ hasText: words }).waitFor()
    expect(await page.locator('#prompt').inputValue()).toBe('kept')
    await page.context().close()
  })

  it('sends a photo of 60 megapixels as one that is of use', async () => {
    const { page } = await visit(browser, gateway.url)
    const [width, height] = [9_000, 6_700]
    const image = { width, height, data: new Uint8Array(width * height * 3).fill(90) }
    const buffer = Buffer.from(await encodeImage(image, { format: 'jpeg', quality: 60 }))
    await choosePhoto(page, { name: 'huge.jpg', mimeType: 'image/jpeg', buffer })
    const note = await page.locator('#reference-note').textContent()
    expect(note).toBe('Made 2048 × 1525 here, from 60 megapixels, before it was sent.')
    await page.context().close()
  })

  it('is told before anything is sent: no words in MODIFY, and a seed that is none', async () => {
    const { page } = await visit(browser, gateway.url)
    await choosePhoto(page)
    await page.locator('#more summary').click()
    await page.locator('#seed').fill('seven')
    await page.locator('#seed-lock').check()
    await page.locator('#send').click()
    await page.locator('#prompt-trouble').filter({ hasText: 'Say what to change.' }).waitFor()
    await page.locator('#seed-trouble').filter({ hasText: 'A seed is a whole number' }).waitFor()
    expect(worker.taken).toEqual([])
    expect(await violationsOn(page)).toEqual([])
    await page.context().close()
  })

  it('is told beside the button: no connection, and what was written can be sent when it is back', async () => {
    const { page, context } = await visit(browser, gateway.url)
    await page.locator('#prompt').fill('a cat without a network')
    await context.setOffline(true)
    await page.locator('#send').click()
    await page.locator('#send-trouble').filter({ hasText: 'does not answer' }).waitFor()
    expect(await page.locator('#prompt').inputValue()).toBe('a cat without a network')
    await context.setOffline(false)
    await page.locator('#send').click()
    await page.locator('.ended').waitFor()
    await context.close()
  })

  it('is told where a job failed, and beside what made it fail', async () => {
    const { page } = await visit(browser, gateway.url)
    await page.locator('#prompt').fill('a cat that is refused')
    await page.locator('#send').click()
    await page.locator('.ended').filter({ hasText: 'Describe something else.' }).waitFor()
    expect(await page.locator('#prompt-trouble').textContent()).toContain('will not be made')
    expect(await violationsOn(page)).toEqual([])
    await page.context().close()
  })

  it('is told with the job alone where it was begun elsewhere, and never beside this page’s fields', async () => {
    const { page } = await visit(browser, gateway.url)
    await page.locator('#prompt').fill('another cat')
    const answer = await fetch(`${gateway.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a cat of somebody else' }),
    })
    expect(answer.status).toBe(202)
    await page.reload()
    await page.locator('.ended').filter({ hasText: 'a cat of somebody else' }).waitFor()
    await page.locator('.ended').filter({ hasText: 'Describe something else.' }).waitFor()
    expect(await page.locator('#prompt-trouble').textContent()).toBe('')
    expect(await page.locator('#prompt').inputValue()).toBe('another cat')
    await page.context().close()
  })

  it('is told where the key goes: that one is missing, or is none any more', async () => {
    // It has keys before anybody comes, and lets nobody in without.
    await using locked = await testGateway()
    const who = { environment: 'test', tenant: 'here', userId: 'anna', name: 'anna', adult: false }
    const scopes = ['jobs:write', 'jobs:read', 'files:write'] as const
    const keyUntil = (expiresAt: Date | null) =>
      createKey(locked.database, SECRET, { ...who, scopes, expiresAt })
    const [expired, good] = [await keyUntil(new Date(0)), await keyUntil(null)]
    const { page } = await visit(browser, locked.url)
    const refuses = (words: string) =>
      page.locator('#key-trouble').filter({ hasText: words }).waitFor()
    await refuses('A key or token is missing')
    expect(await violationsOn(page)).toEqual([])
    await page.locator('#prompt').fill('a cat with a key')
    await page.locator('#key-field').fill(expired.text)
    await page.keyboard.press('Enter')
    await refuses('expired')
    await page.locator('#key-field').fill(good.text)
    await page.keyboard.press('Enter')
    await page.locator('#key:not([open])').waitFor({ state: 'attached' })
    await page.locator('#health-line').filter({ hasText: 'orker' }).waitFor()
    expect(await page.locator('#prompt').inputValue()).toBe('a cat with a key')
    await page.context().close()
  })
})
