import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestGateway, testGateway } from '../gateway.case.ts'
import { type FalStub, falStub } from '../providers/fal/fal-stub.case.ts'
import { hasBrowser, openBrowser, photoOf, violationsOn, visit } from './page.case.ts'

const SEEDREAM = 'fal-ai/bytedance/seedream/v4.5/edit'
let browser: Browser
let fal: FalStub
let gateway: TestGateway

describe.skipIf(!hasBrowser)('several references of one picture', () => {
  beforeAll(async () => {
    fal = await falStub()
    const variables = {
      ...{ FAL_KEY: fal.key, FAL_URL: fal.baseUrl, FAL_REST_URL: fal.restUrl },
      ...{ FAL_MODIFY_APP: SEEDREAM, PRIVATE_ORIGINS: fal.origin },
    }
    gateway = await testGateway({ variables })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await gateway[Symbol.asyncDispose]()
    await fal[Symbol.asyncDispose]()
  })

  it('all go to a provider that takes them, and the page says so, who made it, and why there', async () => {
    const { page, errors } = await visit(browser, gateway.url)
    await page.locator('#file').setInputFiles(['a.jpg', 'b.jpg', 'c.jpg'].map(photoOf))
    await page.locator('label:has(input[value=together])').click()
    await page.locator('#several-why').filter({ hasText: 'take several references' }).waitFor()
    await page.locator('#prompt').fill('all three on one sofa')
    await page.locator('#plan').filter({ hasText: 'By fal.ai.' }).waitFor()
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.locator('.result').waitFor()
    const rows = page.locator('.ran dl div')
    const row = (name: string) => rows.filter({ hasText: name }).locator('dd').textContent()
    expect(await row('References')).toBe('All 3 were sent, the composition first')
    expect(await row('Made by')).toBe('fal.ai')
    expect(await row('Why there')).toBe('No worker of ours is at work now.')
    expect(await violationsOn(page)).toEqual([])
    const sent = JSON.parse(fal.submits.at(-1)?.bytes.toString() ?? '{}')
    expect(sent).toMatchObject({ prompt: 'all three on one sofa' })
    expect(sent.image_urls).toEqual(
      [...fal.files.keys()].map((name) => `${fal.origin}/files/${name}`),
    )
    expect(sent.image_urls).toHaveLength(3)
    expect(errors).toEqual([])
    await page.context().close()
  })
})
