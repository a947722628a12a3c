import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PNG, type TestGateway, testGateway } from '../gateway.case.ts'
import { type Client, checkedClient, recordOf } from './conforms.case.ts'

let gateway: TestGateway
let client: Client

beforeAll(async () => {
  gateway = await testGateway()
  client = await checkedClient(gateway.url)
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** As Windows' older shells send it: Latin-1. */
const CAFE = Buffer.from('{"prompt":"a caf\xe9 in Paris"}', 'latin1')
const headers = { 'content-type': 'application/json' }

/** Every operation that takes JSON. */
function takingJson(): readonly string[] {
  return Object.entries(recordOf(client.document.paths)).flatMap(([path, methods]) => {
    const { requestBody } = recordOf(recordOf(methods).post)
    return 'application/json' in recordOf(recordOf(requestBody).content) ? [path] : []
  })
}

describe('JSON', () => {
  it('that is not UTF-8 is refused wherever JSON is taken, in a sentence', async () => {
    const paths = takingJson()
    expect(paths).toEqual(expect.arrayContaining(['/v1/jobs', '/v1/images/generations']))
    expect(paths.length).toBeGreaterThan(8)
    for (const path of paths) {
      const answer = await client.ask('POST', path, { headers, body: CAFE })
      expect([path, answer.status]).toEqual([path, 400])
      expect(answer.text).toContain('Encode it as UTF-8 and send it again.')
    }
  })

  it.each([
    ['half of a character', Buffer.from([0xe2, 0x82])],
    ['a character in more bytes than it needs', Buffer.from([0xc0, 0xaf])],
    ['half a surrogate pair', Buffer.from([0xed, 0xa0, 0x80])],
  ])('is refused for %s, sent in chunks or with its length', async (_, bytes) => {
    const body = Buffer.concat([Buffer.from('{"prompt":"a'), bytes, Buffer.from('"}')])
    const chunked = { body: ReadableStream.from([body]), duplex: 'half' } as const
    for (const init of [{ body }, chunked]) {
      const answer = await client.ask('POST', '/v1/jobs', { headers, ...init })
      expect([answer.status, recordOf(answer.body).code]).toEqual([400, 'request-unreadable'])
    }
  })

  it('in any script is drawn as it was written, U+FFFD and a byte order mark too', async () => {
    const prompt = 'a café, 猫, 🐈, �'
    const body = Buffer.from(`\ufeff${JSON.stringify({ prompt })}`)
    const answer = await client.ask('POST', '/v1/jobs', { headers, body })
    expect(answer.status).toBe(202)
    const path = `/v1/jobs/${recordOf(answer.body).jobId}`
    expect(recordOf((await client.ask('GET', path)).body).prompt).toBe(prompt)
  })
})

describe('what is no JSON', () => {
  it.each([
    ['nothing', '', 'The body is empty.'],
    ['an end too early', '{"prompt":"a cat"', 'The body ends before its JSON does.'],
    ['quotes that a shell took', `{'prompt': 'a cat in the snow, oil painting'}`, 'character 2 on'],
    [
      'a comma too many',
      '{"prompt":"a cat in the snow, oil painting","steps":20,}',
      'character 56 on',
    ],
    ['words', 'prompt=a cat', 'The body is no JSON.'],
  ])('is told where it is none: %s', async (_, body, sentence) => {
    const answer = await client.ask('POST', '/v1/jobs', { headers, body })
    expect([answer.status, recordOf(answer.body).code]).toEqual([400, 'request-unreadable'])
    expect(answer.text).toContain(sentence)
    expect(answer.text).toContain('Send valid JSON.')
  })
})

describe('a form', () => {
  const part = (head: string, ...body: readonly Buffer[]) => [
    Buffer.from(`--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n`),
    ...body,
    Buffer.from('\r\n'),
  ]
  const edit = (prompt: Buffer, ...picture: readonly Buffer[]) =>
    client.ask('POST', '/v1/images/edits', {
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: Buffer.concat([
        ...part('name="prompt"', prompt),
        ...part('name="seed"', Buffer.from('�')),
        ...part('name="image"; filename="a\xe9.png"', ...picture),
        Buffer.from('--b--\r\n'),
      ]),
    })

  it('whose text is not UTF-8 is refused, in a sentence', async () => {
    for (const prompt of ['a caf\xe9', '\xe9', '\xef\xbf\xbd and \xe9', '\xef\xbb\xbf\xe9']) {
      const answer = await edit(Buffer.from(prompt, 'latin1'), PNG)
      expect(answer.status).toBe(400)
      expect(answer.text).toContain('A text of the form is not UTF-8.')
    }
  })

  it('may have any bytes in its pictures, and U+FFFD in its texts where that is meant', async () => {
    for (const prompt of ['�', '� a cat', 'a �\r\n\r\n� cat', '\ufeffa � cat', '\ufeff\ufeff�']) {
      const answer = await edit(Buffer.from(prompt), PNG)
      // What is meant is looked at, and the seed is no number.
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('seed must be')])
    }
  })

  it('brings a picture under a boundary in capitals, once', async () => {
    const form = new FormData()
    form.append('file', new Blob([PNG]), 'a.png')
    const upload = async () => (await client.ask('POST', '/v1/uploads', { body: form })).status
    const capitals = Buffer.concat([
      Buffer.from('--BOUND\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'),
      ...[PNG, Buffer.from('\r\n--BOUND--\r\n')],
    ])
    const answer = await client.ask('POST', '/v1/uploads', {
      headers: { 'content-type': 'multipart/form-data; boundary=BOUND' },
      body: capitals,
    })
    expect([answer.status, await upload()]).toEqual([201, 201])
    form.append('file', new Blob([PNG]), 'b.png')
    expect(await upload()).toBe(422)
  })
})
