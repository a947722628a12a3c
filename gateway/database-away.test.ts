import { expect, it } from 'vitest'
import { postgresMissing } from './database/private-postgres.case.ts'
import { testPostgres } from './database/test-database.case.ts'
import { testGateway } from './gateway.case.ts'
import { checkedClient, recordOf } from './http/conforms.case.ts'

it.skipIf(postgresMissing)(
  'answers 503 with Retry-After while its database is away, and as before when it is back',
  async () => {
    await using gateway = await testGateway({ kind: 'postgres' })
    const client = await checkedClient(gateway.url)
    const headers = { 'content-type': 'application/json' }
    const post = () => client.ask('POST', '/v1/jobs', { headers, body: '{"prompt":"a cat"}' })
    const { body } = await post()
    const path = `/v1/jobs/${recordOf(body).jobId}`
    const server = await testPostgres()
    await server.kill()
    for (const ask of [post, () => client.ask('GET', path), () => client.ask('DELETE', path)]) {
      const answer = await ask()
      expect([answer.status, recordOf(answer.body).code]).toEqual([503, 'database-unavailable'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(answer.text).not.toMatch(/ECONN|terminat|127\.0/)
    }
    const ready = await client.ask('GET', '/ready')
    expect([ready.status, recordOf(ready.body)]).toMatchObject([503, { database: 'down' }])
    expect((await client.ask('GET', '/health')).status).toBe(200)
    expect((await client.ask('GET', '/metrics')).text).toContain('i2i_gateway_database_up 0')
    await server.restart()
    expect((await client.ask('GET', path)).status).toBe(200)
    expect((await post()).status).toBe(202)
  },
)
