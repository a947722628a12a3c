/** The program as a person runs it, on a real Redis. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Queue } from '#contract'
import { type Ended, ended, startProgram } from '#platform/program.case.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { idOf, mustTake } from '../../contract/queue/queue.case.ts'
import { redisQueueMaker } from '../../contract/queue/redis-queue.case.ts'
import { help } from './help.ts'

const PROMPT = 'a harbour at dawn'
const element = (id: string) => JSON.stringify({ id, type: 'sdxl_image_high', prompt: PROMPT })

/** Nobody sits before it. */
function program(typed: readonly string[], variables: NodeJS.ProcessEnv): Promise<Ended> {
  const child = startProgram(new URL('./main.ts', import.meta.url), typed, { variables })
  child.stdin.end()
  return ended(child)
}

describe.skipIf(privateRedisMissing)('npm run queue', () => {
  let server: Awaited<ReturnType<typeof privateRedis>>
  let maker: ReturnType<typeof redisQueueMaker>
  beforeAll(async () => {
    server = await privateRedis()
    maker = redisQueueMaker(server.url)
  })
  afterAll(async () => {
    await maker[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  function start(pop: 'left' | 'right' = 'left') {
    const name = `test-${randomUUID()}`
    const settings = { name, pop, blockMs: 40, leaseMs: 600_000, mostAttempts: 0 }
    const { queue } = maker.make({ settings, idOf })
    const variables = { REDIS_URL: server.url, QUEUE_NAME: name, QUEUE_POP: pop }
    const run = (...typed: readonly string[]) => program(typed, variables)
    const said = async (...typed: readonly string[]) => {
      const { status, stdout, stderr } = await run(...typed)
      expect(stderr).toBe('')
      expect(status).toBe(0)
      return stdout
    }
    return { name, queue, run, said, worker: queue.worker('host-1-abc') }
  }

  async function kill(queue: Queue, id: string) {
    await queue.push(element(id))
    const worker = queue.worker('undertaker')
    await worker.retryLater(await mustTake(worker), { code: 'internal', result: '' })
  }

  it('lists what waits and who is alive, for people and for programs', async () => {
    const { name, queue, said, worker } = start()
    for (const id of ['1', '2', '3']) await queue.push(element(id))
    await mustTake(worker)
    const [text, json] = await Promise.all([said('list', '--count', '1'), said('list', '--json')])
    expect(text).toContain(`${name}: 2 waiting, 1 running, 0 delayed`)
    expect(text).toContain('waiting, the first 1 of 2')
    expect(text).toMatch(/^ {2}1 {3}host-1-abc {2}1 /m)
    expect(JSON.parse(json)).toMatchObject({
      queue: name,
      depth: { waiting: 2, active: 1 },
      waiting: [{ id: '2', bytes: element('2').length }, { id: '3' }],
      active: [{ id: '1', worker: 'host-1-abc', fence: 1 }],
      workers: [{ name: 'host-1-abc' }],
    })
    expect(json).toMatch(/^[^\n]+\n$/)
    expect(text + json).not.toContain(PROMPT)
  })

  it('lets nothing of a stranger reach the terminal as it is', async () => {
    const { queue, said, worker } = start()
    await queue.push('{"id":"\\u001b[2J\\u009b1m","type":"\u202e\u009b2J","\u009b3m": 1}')
    await worker.take()
    const [letter] = await queue.dead.list({ from: 0, count: 1 })
    const shown = await said('peek', letter?.name ?? '', '--show-content')
    expect(shown).toContain('\\u009b2J')
    expect(shown).not.toMatch(/[\p{Cf}\u{7f}-\u{9f}]|(?!\n)\p{Cc}/u)
  })

  it('shows one job without its content', async () => {
    const { queue, said } = start()
    await queue.push(element('1'))
    const json = await said('peek', '1', '--json')
    expect(JSON.parse(json)).toMatchObject({
      ...{ id: '1', waiting: { lane: 'queue', ahead: 0 } },
      payload: { content: { id: '1', prompt: '[hidden: 17 characters]' } },
    })
    expect(json).not.toContain(PROMPT)
  })

  it('shows dead letters, and puts one or, if it is sure, all of them at the back', async () => {
    const { queue, run, said } = start('right')
    for (const id of ['d1', 'd2', 'd3']) await kill(queue, id)
    await queue.push(element('first'))
    const dead = await said('dead')
    expect(dead).toContain('3 dead letters\n')
    expect(dead.match(/\bd\d\b/g)).toEqual(['d3', 'd2', 'd1'])
    expect(await said('retry', 'd2')).toBe('d2 is at the back of the queue.\n')
    const unsure = await run('retry', '--all-dead')
    expect(unsure).toMatchObject({ status: 1, stdout: '' })
    expect(unsure.stderr).toContain('Put 2 dead letters back into the queue? Nobody can be asked')
    expect(await said('retry', '--all-dead', '--yes')).toBe(
      '2 jobs put at the back of the queue.\n',
    )
    const worker = queue.worker('a')
    const order = [1, 2, 3, 4].map(() => mustTake(worker))
    expect((await Promise.all(order)).map(({ id }) => id)).toEqual(['first', 'd2', 'd1', 'd3'])
  })

  it('drops a job, and owes its owner the news', async () => {
    const { queue, said, worker } = start()
    await queue.push(element('1'))
    expect(await said('drop', '1')).toContain(
      '1 is gone from the queue, and its owner will be told',
    )
    expect(await worker.take()).toBeUndefined()
    expect(await queue.callbacks.due({ count: 9, leaseMs: 1_000 })).toMatchObject([
      { id: '1', status: 'cancelled', raw: element('1') },
    ])
  })

  it('says in one line what is the matter, and how to mend it', async () => {
    await using evicting = await privateRedis('--maxmemory-policy', 'allkeys-lru')
    await using locked = await privateRedis()
    const admin = redisQueueMaker(locked.url)
    await admin.redis.call('CONFIG', 'SET', 'requirepass', 'hush')
    const here = { REDIS_URL: server.url }
    const cases: [readonly string[], NodeJS.ProcessEnv, string][] = [
      [['lisst'], here, 'There is no verb "lisst". The verbs are list, peek'],
      [['drop', 'nobody'], here, 'There is no job and no dead letter nobody.'],
      [['list'], {}, 'REDIS_URL must be set: redis://HOST:PORT'],
      [['list'], { REDIS_URL: 'redis://:hush@127.0.0.1:1' }, 'No Redis answers at 127.0.0.1:1:'],
      [['list'], { REDIS_URL: evicting.url }, 'Set maxmemory-policy noeviction.'],
      [['list'], { REDIS_URL: locked.url.replace('//', '//:wrong@') }, 'See to the user and pass'],
    ]
    await Promise.all(
      cases.map(async ([typed, variables, sentence]) => {
        const { status, stdout, stderr } = await program(typed, variables)
        expect([status, stdout]).toEqual([1, ''])
        expect(stderr).toMatch(/^queue: [^\n]+\n$/)
        expect(stderr).toContain(sentence)
        expect(stderr).not.toContain('hush')
      }),
    )
    await admin.redis.close()
  })

  it('explains itself to one who types nothing', async () => {
    expect(await program([], {})).toEqual({ status: 1, stdout: '', stderr: help })
  })
})
