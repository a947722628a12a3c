import OpenAI, { NotFoundError, RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestGateway, testGateway } from '../gateway.case.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await testGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const clientOf = (baseURL: string) => new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 })
const answerTo = async (url: string, method = 'POST') => {
  const answer = await fetch(url, { method })
  return { status: answer.status, ...JSON.parse(await answer.text()) }
}

describe('an address that there is none of', () => {
  it('is told to OpenAI’s client as it reads it, with the one that may be meant', async () => {
    for (const [base, meant] of [
      ['', 'Try /v1/images/generations.'],
      ['/v1/v1', 'Try /v1/images/generations.'],
      ['/v1//', 'Try /v1/images/generations.'],
    ]) {
      const asking = clientOf(gateway.url + base).images.generate({ prompt: 'a cat' })
      await expect(asking).rejects.toThrow(NotFoundError)
      await expect(asking).rejects.toThrow(meant)
    }
    const chat = clientOf(`${gateway.url}/v1`).chat.completions.create({
      model: 'gpt-5',
      messages: [],
    })
    await expect(chat).rejects.toThrow('404 There is nothing at this address. See /docs.')
  })

  it('is told to all others in their words', async () => {
    expect(await answerTo(`${gateway.url}/v1/jobs/`)).toMatchObject({
      ...{ status: 404, code: 'not-found' },
      detail: 'There is nothing at this address. Try /v1/jobs.',
    })
    expect(await answerTo(`${gateway.url}/sdapi/v1/txt2img/`)).toMatchObject({
      ...{ status: 404, error: 'not-found' },
      detail: 'There is nothing at this address. Try /sdapi/v1/txt2img.',
    })
    expect(await answerTo(`${gateway.url}/functions/v1/video`)).toMatchObject({
      ...{ status: 404, success: false, code: 'not-found' },
      details: 'There is nothing at this address. See /docs.',
    })
    const { detail } = await answerTo(`${gateway.url}/${'a'.repeat(300)}/`)
    expect(detail).toBe('There is nothing at this address. See /docs.')
  })
})

it('who asks too often is told so in the words of what they speak', async () => {
  await using busy = await testGateway({ variables: { RATE_PER_ADDRESS: '1' } })
  await fetch(`${busy.url}/health`)
  const asking = clientOf(`${busy.url}/v1`).images.generate({ prompt: 'a cat' })
  await expect(asking).rejects.toThrow(RateLimitError)
  await expect(asking).rejects.toThrow('Too many requests in a short time.')
  const few = 'Too many requests in a short time. Wait as long as Retry-After says.'
  expect(await answerTo(`${busy.url}/sdapi/v1/txt2img`)).toMatchObject({ status: 429, detail: few })
  expect(await answerTo(`${busy.url}/functions/v1/queue-job`)).toMatchObject({ error: few })
  expect(await answerTo(`${busy.url}/v1/jobs`)).toMatchObject({ detail: few })
})
