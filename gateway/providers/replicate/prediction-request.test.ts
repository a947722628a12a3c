import { expect, test } from 'vitest'
import { predictionRequest } from './prediction-request.ts'

const webhook = (webhookUrl: string | undefined, baseUrl = 'https://api.replicate.com/v1') => {
  const model = { version: 'owner/name' }
  const { body } = predictionRequest({ model, input: {}, webhookUrl, baseUrl, seconds: 30 })
  return JSON.parse(String(body)).webhook
}

test('a webhook that Replicate would refuse is left out, since polling tells as well', () => {
  expect(webhook('https://i2i.example/w')).toBe('https://i2i.example/w')
  expect(webhook('http://i2i.example/w')).toBeUndefined()
  expect(webhook(undefined)).toBeUndefined()
  expect(webhook('http://127.0.0.1:1/w', 'http://127.0.0.1:2/v1')).toBe('http://127.0.0.1:1/w')
})

test('a deployment has a version of its own, and none is sent', () => {
  const parts = { input: { prompt: 'x' }, webhookUrl: undefined, baseUrl: 'https://x', seconds: 30 }
  const { body, headers } = predictionRequest({ ...parts, model: {} })
  expect(JSON.parse(String(body))).toEqual({ input: { prompt: 'x' } })
  expect(headers).toMatchObject({ 'cancel-after': '30s' })
})
