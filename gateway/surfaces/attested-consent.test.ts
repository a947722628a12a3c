/** That a caller's word for who is shown is heard on every surface, and counts by the one gate of `trust/admit.ts`. */
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repeat } from '#platform/repeat.ts'
import { type TestGateway, testGateway } from '../gateway.case.ts'
import { recordOf } from '../http/conforms.case.ts'
import { picture } from '../providers/replicate/stub-picture.case.ts'

const statement = 'I am the one in the photograph.'
const consent = { attested: true, statement }
const photo = picture(64, 64)
const allowed = {
  ...{
    POLICY_NSFW_ENABLED: '1',
    POLICY_NSFW_ATTESTATION: 'All callers are adults, and Anna answers for it.',
  },
  ...{ LOCAL_ADULT: '1', LOCAL_ATTESTS: '1' },
}

/** A gateway for this machine alone, whose worker draws whatever comes. */
async function open(variables: Record<string, string>) {
  const gateway = await testGateway({ variables })
  const worker = await gateway.worker('w')
  const working = repeat(() => gateway.work(worker, 0), {
    every: 1,
    onError: (error) => {
      throw error
    },
  })
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await working[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
    },
  }
}

interface Said {
  readonly content_mode?: string
  readonly reference_consent?: unknown
}

/** @returns the status with which each surface answers an edit of the photograph. */
const surfaces = {
  openai: async (gateway: TestGateway, said: Said) => {
    const client = new OpenAI({ apiKey: 'x', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    // Without a key it is this machine that asks.
    const defaultHeaders = { authorization: null }
    const image = await toFile(photo, 'photo.png', { type: 'image/png' })
    const asking = client.images.edit({ image, prompt: 'x', ...said }, { headers: defaultHeaders })
    return await asking.then(
      () => 200,
      (error: unknown) => recordOf(error).status,
    )
  },
  sdapi: async (gateway: TestGateway, said: Said) =>
    await post(`${gateway.url}/sdapi/v1/img2img`, {
      ...{ prompt: 'x', init_images: [Buffer.from(photo).toString('base64')] },
      alwayson_scripts: { i2i: { args: [said] } },
    }),
  functions: async (gateway: TestGateway, { content_mode, reference_consent }: Said) => {
    const headers = { 'content-type': 'image/png' }
    const sent = await fetch(`${gateway.url}/v1/uploads`, { method: 'POST', headers, body: photo })
    return await post(`${gateway.url}/functions/v1/queue-job`, {
      ...{ job_type: 'sdxl_image_high', prompt: 'x' },
      reference_image_url: recordOf(await sent.json()).path,
      ...{ metadata: { contentType: content_mode }, reference_consent },
    })
  },
}

async function post(url: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  await answer.body?.cancel()
  return answer.status
}

let gateway: TestGateway
let strict: TestGateway
beforeAll(async () => {
  gateway = await open(allowed)
  strict = await open({ ...allowed, LOCAL_ATTESTS: '0' })
})
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]()
  await strict?.[Symbol.asyncDispose]()
})

describe.each(['openai', 'sdapi', 'functions'] as const)('an edit in nsfw by %s', (surface) => {
  const events = ({ database }: TestGateway) =>
    database.query(
      'select outcome, statement from i2i.policy_events where surface = $1 order by id',
      [surface],
    )
  const nsfw = { content_mode: 'nsfw' }

  it('is drawn where the request itself says that who is shown consents, which is recorded', async () => {
    expect(await surfaces[surface](gateway, nsfw)).toBeGreaterThanOrEqual(400)
    expect(await surfaces[surface](gateway, { ...nsfw, reference_consent: consent })).toBe(200)
    expect(await events(gateway)).toEqual([
      { outcome: 'refused', statement: null },
      { outcome: 'cleared', statement },
    ])
    const [job] = await gateway.database.query<{ job: unknown }>(
      'select job from i2i.jobs where surface = $1',
      [surface],
    )
    expect(recordOf(job?.job)).toMatchObject({
      ...{ contentMode: 'nsfw', cleared: [{ by: 'attestation' }] },
    })
    expect(JSON.stringify(job)).not.toContain(statement)
  })

  it('is refused for the word of a caller who may not give it', async () => {
    const said = { ...nsfw, reference_consent: consent }
    expect(await surfaces[surface](strict, said)).toBeGreaterThanOrEqual(400)
    expect(await events(strict)).toEqual([{ outcome: 'refused', statement: null }])
  })

  it.each([
    ['half a word', { attested: true }],
    ['a word that denies it', { attested: false, statement }],
    ['a word of another shape', 'yes'],
  ])('is refused for %s, before anything is asked', async (_, reference_consent) => {
    const before = await events(gateway)
    const status = await surfaces[surface](gateway, { ...nsfw, reference_consent })
    expect([400, 422]).toContain(status)
    expect(await events(gateway)).toEqual(before)
  })
})
