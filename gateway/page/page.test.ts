import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestGateway, testGateway } from '../gateway.case.ts'
import { type StandInWorker, standInWorker } from '../surfaces/stand-in-worker.case.ts'
import {
  CAT,
  choosePhoto,
  hasBrowser,
  openBrowser,
  REPORT,
  violationsOn,
  visit,
} from './page.case.ts'

const size = { width: 96, height: 64 }
let browser: Browser
let gateway: TestGateway
let worker: StandInWorker
/** While this is so, jobs are under way. */
let isHeld = false

describe.skipIf(!hasBrowser)('the page', () => {
  beforeAll(async () => {
    gateway = await testGateway()
    const held = { isHeld: () => isHeld }
    worker = standInWorker(gateway.queue, gateway.storage, { size, report: REPORT, ...held })
    browser = await openBrowser()
  })
  beforeEach(() => {
    isHeld = false
  })
  afterAll(async () => {
    await browser.close()
    await worker[Symbol.asyncDispose]()
    await gateway[Symbol.asyncDispose]()
  })

  it('takes a photo and words, and shows what was made of them beside what really ran', async () => {
    const { page, errors } = await visit(browser, gateway.url)
    await choosePhoto(page)
    expect(await page.locator('input[value=modify]').isChecked()).toBe(true)
    expect(await page.locator('#strength').inputValue()).toBe('0.5')
    await page.locator('#prompt').fill('a cat in the snow')
    await waitForText(
      page,
      '#plan',
      '12 evaluations, of 25 steps. How long that takes is known after',
    )
    await waitForText(page, '#prompt-tokens', '5 tokens of 75')
    expect(await violationsOn(page)).toEqual([])
    isHeld = true
    await page.keyboard.press('Control+Enter')
    await page.locator('#stage progress').waitFor()
    expect(await violationsOn(page)).toEqual([])
    isHeld = false
    await page.locator('.result').waitFor()
    expect(await page.locator('.compare input[type=range]').count()).toBe(1)
    await waitForText(page, '.ran', '0.50, reference strength 0.50')
    await waitForText(page, '#spoken', 'Done: one picture.')
    expect(await violationsOn(page)).toEqual([])
    const { asked, mode, enhance } = taken()
    expect({ mode, enhance, ...asked }).toMatchObject({
      mode: 'modify',
      enhance: true,
      denoiseStrength: 0.5,
    })
    expect(errors).toEqual([])
    await page.context().close()
  })

  it('copies only when it is asked to, with all off that would change the photo, and comes back', async () => {
    const { page, errors } = await visit(browser, gateway.url)
    await choosePhoto(page)
    await page.locator('#enhance:checked').waitFor()
    await page.locator('#looks summary').click()
    await page.locator('#style').selectOption({ label: 'Moody' })
    await page.locator('#strength').fill('0.7')
    await page.locator('label:has(input[value=copy])').click()
    expect(await controls(page)).toEqual({
      strength: '0.05',
      isOff: true,
      enhance: false,
      style: '',
    })
    expect(await page.locator('#strength-words').textContent()).toContain('Reference strength 0.95')
    expect(await page.locator('#mode-why').textContent()).toContain('would add something')
    await waitForText(page, '#plan', '1 evaluation, of 15 steps')
    await page.getByRole('button', { name: 'Undo' }).click()
    const chosen = 'moody'
    expect(await controls(page)).toEqual({
      strength: '0.7',
      isOff: false,
      enhance: true,
      style: chosen,
    })
    await page.locator('label:has(input[value=copy])').click()
    expect(await violationsOn(page)).toEqual([])
    isHeld = true
    await page.locator('#send').click()
    // The result of the job before it is shown until then.
    await page.locator('#stage progress').waitFor()
    isHeld = false
    await page.locator('.result').waitFor()
    const { asked, mode, enhance } = taken()
    expect({ mode, enhance, ...asked }).toMatchObject({
      mode: 'copy',
      enhance: false,
      prompt: '',
      referenceStrength: 0.95,
    })
    await page.locator('label:has(input[value=modify])').click()
    expect(await controls(page)).toEqual({
      strength: '0.5',
      isOff: false,
      enhance: true,
      style: chosen,
    })
    expect(errors).toEqual([])
    await page.context().close()
  })

  it('is walked through by keyboard alone, from the photo to the download', async () => {
    const { page, errors } = await visit(browser, gateway.url)
    const { keyboard } = page
    const goTo = async (selector: string) => {
      const isThere = `document.activeElement?.matches(${JSON.stringify(selector)})`
      for (let i = 0; i < 60 && !(await page.evaluate(isThere)); i++) await keyboard.press('Tab')
      expect(await page.evaluate(isThere), selector).toBe(true)
    }
    await goTo('#file')
    const chooser = page.waitForEvent('filechooser')
    await keyboard.press('Space')
    await (await chooser).setFiles(CAT)
    await page.locator('#mode:enabled').waitFor()
    await goTo('input[name=mode]:checked')
    await keyboard.press('ArrowRight')
    expect(await page.locator('#mode-why').textContent()).toContain('Copy changes as little')
    await keyboard.press('ArrowLeft')
    await goTo('#prompt')
    await keyboard.type('a cat that was made without a mouse')
    await goTo('#strength')
    await keyboard.press('ArrowRight')
    await goTo('#looks summary')
    await keyboard.press('Enter')
    await goTo('#mood')
    await keyboard.type('Dreamy')
    await waitForText(page, '#looks-chosen', 'Dreamy')
    await goTo('#send')
    isHeld = true
    await keyboard.press('Enter')
    await page.locator('#stage progress').waitFor()
    isHeld = false
    await page.locator('.result').waitFor()
    expect(taken().asked).toMatchObject({ denoiseStrength: 0.55 })
    await goTo('.compare input')
    await keyboard.press('ArrowLeft')
    expect(await page.locator('.compare input').inputValue()).toBe('49')
    await goTo('a[download]')
    const download = page.waitForEvent('download')
    await keyboard.press('Enter')
    expect((await download).suggestedFilename()).toMatch(/^i2i-[0-9a-f]{8}-0\.png$/)
    expect(errors).toEqual([])
    await page.context().close()
  })

  it('cancels with Escape', async () => {
    const { page } = await visit(browser, gateway.url)
    isHeld = true
    await page.locator('#prompt').fill('a cat that nobody waits for')
    await page.locator('#send').click()
    await page.locator('#stage progress').waitFor()
    await page.keyboard.press('Escape')
    await waitForText(page, '#stage', 'It was cancelled.')
    await waitForText(page, '#history-list', 'words, cancelled')
    await page.context().close()
  })

  it('goes on after a reload in mid-job, with the form as it was and the photo still beside the result', async () => {
    const { page } = await visit(browser, gateway.url)
    await choosePhoto(page)
    await page.locator('#prompt').fill('a cat after the reload')
    isHeld = true
    await page.locator('#send').click()
    await page.locator('#stage progress').waitFor()
    await page.reload()
    await page.locator('#stage progress').waitFor()
    isHeld = false
    expect(await page.locator('#prompt').inputValue()).toBe('a cat after the reload')
    await page.locator('.result').waitFor()
    await page.locator('.compare .before').waitFor()
    await page.reload()
    await page.locator('.result .before').waitFor()
    await waitForText(page, '#history-list', 'a cat after the reload')
    await page.context().close()
  })

  it('repeats a picture with its seed, and goes on from it as the next reference', async () => {
    const { page } = await visit(browser, gateway.url)
    await page.locator('#prompt').fill('three cats')
    await page.locator('#images').selectOption('3')
    await page.locator('#send').click()
    await page.locator('.strip button').nth(2).click()
    await page.getByRole('button', { name: 'Repeat with these parameters' }).click()
    const seed = (taken().asked.seed ?? 0) + 2
    await page.locator('#seed-lock:checked').waitFor()
    expect(await page.locator('#seed').inputValue()).toBe(String(seed))
    expect(await page.locator('#seed-lock').isChecked()).toBe(true)
    expect(await page.locator('#prompt').inputValue()).toBe('three cats')
    await page.getByRole('button', { name: 'Use as the next reference' }).click()
    await page.locator('#mode:not([disabled])').waitFor()
    await page.locator('#images').selectOption('1')
    await page.locator('#prompt').fill('the third cat again')
    await page.locator('#send').click()
    await page.locator('.compare .before').waitFor()
    expect(taken().reference).toEqual({
      path: expect.stringMatching(/^workspace-temp\/local\/[0-9a-f-]{36}\/2\.png$/),
    })
    await page.context().close()
  })

  it('fits a phone, in the dark too, and axe finds nothing', async () => {
    const options = { colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const
    const { page } = await visit(browser, gateway.url, options)
    await page.locator('.result').waitFor()
    expect(await violationsOn(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.context().close()
  })
})

/** The last one that the worker took. */
function taken() {
  const last = worker.taken.at(-1)
  if (!last) throw new Error('the worker took nothing')
  return last
}

async function waitForText(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ state: 'attached' })
}

const controls = async (page: Page) => ({
  strength: await page.locator('#strength').inputValue(),
  isOff: await page.locator('#strength').isDisabled(),
  enhance: await page.locator('#enhance').isChecked(),
  style: await page.locator('#style').inputValue(),
})
