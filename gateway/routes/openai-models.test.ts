import OpenAI, { AuthenticationError, NotFoundError } from 'openai'
import { expect, it } from 'vitest'
import { createKey } from '../callers/key-records.ts'
import { SECRET, testGateway } from '../gateway.case.ts'

it('the openai package sees the one model there is, and whether its key is right', async () => {
  await using gateway = await testGateway()
  const wish = { environment: 'test', tenant: 'here', userId: 'anna', name: 'anna', adult: false }
  const made = await createKey(gateway.database, SECRET, {
    ...{ ...wish, scopes: ['jobs:read'], expiresAt: null },
  })
  const clientOf = (apiKey: string) =>
    new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  const client = clientOf(made.text)
  const { data } = await client.models.list()
  expect(data.map(({ id }) => id)).toEqual(['i2i'])
  expect(await client.models.retrieve('i2i')).toEqual(data[0])
  const other = client.models.retrieve('gpt-image-1')
  await expect(other).rejects.toThrow(NotFoundError)
  await expect(other).rejects.toThrow('i2i is the only one here.')
  await expect(clientOf(`${made.text}x`).models.list()).rejects.toThrow(AuthenticationError)
})
