import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '../callers/key-records.ts'
import { PNG, SECRET, type TestGateway, testGateway } from '../gateway.case.ts'
import { type Client, checkedClient, listOf, recordOf } from '../http/conforms.case.ts'

const hash = (letter: string) => letter.repeat(64)
let gateway: TestGateway
let client: Client
const keys: Record<string, string> = {}

beforeAll(async () => {
  gateway = await testGateway({ kind: 'pglite' })
  for (const name of ['anna', 'ben', 'operator']) {
    const wish = { environment: 'test', tenant: 'here', userId: name, name, adult: false }
    const scopes = ['jobs:write', 'jobs:read', 'files:write', 'admin'] as const
    const { text } = await createKey(gateway.database, SECRET, {
      ...{ ...wish, expiresAt: null },
      scopes: name === 'operator' ? scopes : scopes.slice(0, 3),
    })
    keys[name] = text
  }
  client = await checkedClient(gateway.url)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const ask = async (name: string, method: string, path: string, body?: unknown) => {
  const headers = {
    authorization: `Bearer ${keys[name]}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const init = { headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const { status, body: answer } = await client.ask(method, path, init)
  return { status, body: recordOf(answer) }
}
const takeDown = (body: unknown, name = 'operator') => ask(name, 'POST', '/admin/takedown', body)

let count = 0
/** A picture that anna was given, with its file and thumbnail, as `settle` registers it. */
async function given(sha256: string, parents: readonly string[] = []): Promise<string> {
  const id = `job-${++count}`
  const path = `anna/${id}/0.png`
  const thumbnailPath = `anna/${id}/0.thumb.webp`
  const asset = { path, thumbnailPath, sha256 }
  await gateway.database.query(
    `insert into i2i.jobs (id, tenant, user_id, status, mode, class, job, planned, surface, attempt_id, finished_at, result)
     values ($1, 'here', 'anna', 'completed', 'modify', 'x', '{}', '{}', 'v1', 'x', now(), $2::jsonb)`,
    [id, JSON.stringify({ assets: [asset, { ...asset, path: 'kept.png', sha256: 'another' }] })],
  )
  await gateway.database.query(
    `insert into i2i.outputs (path, thumbnail_path, job_id, tenant, user_id, sha256, mode, model, parents)
     values ($1, $2, $3, 'here', 'anna', $4, 'modify', 'lustify', $5::text[])`,
    [path, thumbnailPath, id, sha256, parents],
  )
  for (const file of [path, thumbnailPath]) {
    await gateway.storage.put(`workspace-temp/${file}`, PNG, { contentType: 'image/png' })
  }
  return id
}
const isThere = (path: string) =>
  gateway.storage.get(`workspace-temp/${path}`).then(
    () => true,
    () => false,
  )
const assetsOf = async (id: string) => {
  const [row] = await gateway.database.query<{ assets: { sha256: string }[] }>(
    `select result -> 'assets' as assets from i2i.jobs where id = $1`,
    [id],
  )
  return row?.assets.map(({ sha256 }) => sha256)
}

describe('a takedown', () => {
  it('deletes the picture and all that was made from it, and blocks them, for workers too', async () => {
    const [photo, child, grandchild, other] = [hash('a'), hash('b'), hash('c'), hash('d')]
    const first = await given(child, [photo])
    const second = await given(grandchild, [hash('9'), child])
    const unrelated = await given(other, [hash('9')])
    const { status, body } = await takeDown({ sha256: photo, reason: 'asked by who is shown' })
    expect([status, body.pictures, body.reason]).toEqual([200, 3, 'asked by who is shown'])
    expect(body.doneAt).not.toBeNull()
    const clock = Date.parse(String(body.dueAt)) - Date.parse(String(body.at))
    expect(clock).toBe(48 * 3_600_000)
    for (const id of [first, second]) {
      expect(await isThere(`anna/${id}/0.png`)).toBe(false)
      expect(await isThere(`anna/${id}/0.thumb.webp`)).toBe(false)
      expect(await assetsOf(id)).toEqual(['another'])
    }
    expect(await isThere(`anna/${unrelated}/0.png`)).toBe(true)
    const blocked = await gateway.queue.takenDown.among([photo, child, grandchild, other])
    expect(blocked).toEqual([photo, child, grandchild])
  })

  it('is the same one however often it is asked for, and is on record once', async () => {
    const sha256 = hash('e')
    const id = await given(sha256)
    const first = await takeDown({ sha256 })
    const again = await takeDown({ sha256, reason: 'once more' })
    expect(again.body).toEqual({ ...first.body, doneAt: again.body.doneAt })
    const child = await given(hash('f'), [sha256])
    expect((await takeDown({ sha256 })).body.pictures).toBe(2)
    expect([await isThere(`anna/${id}/0.png`), await isThere(`anna/${child}/0.png`)]).toEqual([
      ...[false, false],
    ])
    const events = await gateway.database.query(
      `select stage, caller from i2i.policy_events where outcome = 'taken-down' and rule = $1`,
      [`sha256:${sha256}`],
    )
    expect(events).toHaveLength(1)
  })

  it('is of a job, or of a URL that we gave out, whichever storage signed it', async () => {
    const job = await given(hash('1'))
    expect((await takeDown({ job_id: job })).body.pictures).toBe(1)
    for (const [digit, urlOf] of [
      ['2', (path: string) => gateway.storage.sign(path, 60)],
      ['3', (path: string) => `https://x.supabase.co/storage/v1/object/sign/${path}?token=t`],
      ['4', (path: string) => path],
    ] as const) {
      const path = `workspace-temp/anna/${await given(hash(digit))}/0.thumb.webp`
      expect((await takeDown({ url: await urlOf(path) })).body).toMatchObject({ pictures: 1 })
      expect(await gateway.queue.takenDown.among([hash(digit)])).toHaveLength(1)
    }
  })

  it('refuses the picture as an upload, as it is and as it was', async () => {
    const upload = async () => {
      const headers = { authorization: `Bearer ${keys.anna}`, 'content-type': 'image/png' }
      return await client.ask('POST', '/v1/uploads', { headers, body: PNG })
    }
    const kept = recordOf((await upload()).body)
    const { body } = await takeDown({ url: String(kept.path) })
    expect(body.pictures).toBe(2)
    await expect(gateway.storage.get(String(kept.path))).rejects.toMatchObject({
      code: 'not-found',
    })
    const { status, body: refused } = await upload()
    expect([status, recordOf(refused).code]).toEqual([451, 'policy-taken-down'])
  })

  it('blocks a hash that nobody knows, and says of anything else that it is not there', async () => {
    expect((await takeDown({ sha256: hash('5') })).body).toMatchObject({ pictures: 1 })
    expect((await takeDown({ job_id: 'nobody' })).status).toBe(404)
    expect((await takeDown({ url: 'workspace-temp/a/b.png' })).status).toBe(404)
    for (const wrong of [
      ...[{}, { sha256: 'abc' }, { sha256: hash('5'), job_id: 'x' }, { url: 'https://x.org/a' }],
      ...[{ url: 'https://x/workspace-temp/%00' }, { url: 'user-library/../x' }, { reason: 'a' }],
    ]) {
      expect([wrong, (await takeDown(wrong)).status]).toEqual([wrong, 422])
    }
  })

  it('is an operator’s to ask for and to see', async () => {
    expect((await takeDown({ sha256: hash('6') }, 'anna')).status).toBe(403)
    expect((await ask('anna', 'GET', '/admin/takedowns')).status).toBe(403)
    const { body } = await ask('operator', 'GET', '/admin/takedowns')
    expect(listOf(body.takedowns).length).toBeGreaterThan(5)
  })
})

describe('the register', () => {
  it('says to whoever asks whether a picture was made here, and whose job it was to its owner alone', async () => {
    const sha256 = hash('7')
    const jobId = await given(sha256)
    const path = `/v1/provenance?sha256=${sha256}`
    const known = {
      ...{ sha256, made: true, model: 'lustify', mode: 'modify' },
      digitalSourceType:
        'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia',
      madeAt: expect.any(String),
    }
    expect((await ask('ben', 'GET', path)).body).toEqual(known)
    expect((await ask('anna', 'GET', path)).body).toEqual({ ...known, jobId })
    expect((await client.ask('GET', path)).status).toBe(401)
    await takeDown({ sha256 })
    expect((await ask('ben', 'GET', path)).body).toEqual({ ...known, takenDown: true })
    expect((await ask('anna', 'GET', `/v1/provenance?sha256=${hash('8')}`)).body).toEqual({
      ...{ sha256: hash('8'), made: false },
    })
    expect((await ask('anna', 'GET', '/v1/provenance?sha256=x')).status).toBe(422)
  })
})
