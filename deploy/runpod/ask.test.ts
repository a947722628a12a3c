import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readErrand } from '../arguments.ts'
import { deploy } from '../deploy.ts'
import { templateRequest } from '../pods.ts'
import { openRunPod } from './api.ts'
import { KEY, type RunPodStub, startRunPod } from './runpod-stub.case.ts'

const results = join(import.meta.dirname, '..', '..', 'bench', 'results')
let stub: RunPodStub
beforeEach(async () => {
  stub = await startRunPod()
})
afterEach(() => stub[Symbol.asyncDispose]())

const open = (key = KEY) =>
  openRunPod({ origin: stub.origin, key, signal: AbortSignal.timeout(20_000) })

async function run(words: string, key = KEY): Promise<string> {
  const errand = readErrand(words.split(' '))
  if (!errand) throw new Error('that asks for help')
  const lines: string[] = []
  await deploy(errand, { runpod: open(key), results, print: (line) => lines.push(line) })
  return lines.join('\n')
}

const up =
  'up --image ghcr.io/me/i2i:1 --env REDIS_URL={{RUNPOD_SECRET_redis}} --env SDXL_CHECKPOINT=a --env CHECKPOINT_CONTENT=sfw'

describe('what RunPod answers', () => {
  it('is told in its own words', async () => {
    stub.failOnce(422, 'gpu type is not available', {})
    await expect(run('status')).rejects.toThrow('refuses GET /v2/pods: gpu type is not available')
  })

  it('is a key that is not taken', async () => {
    await expect(run('status', 'rpa_old')).rejects.toMatchObject({ code: 'provider-denied' })
  })

  it('is waited out where it is a limit, and a pod is made once', async () => {
    stub.failOnce(429, 'rate limit exceeded', { 'retry-after': '0' })
    await run(`${up} --yes`)
    expect(stub.pods).toHaveLength(1)
    expect(stub.asked.filter((line) => line === 'POST /v2/pods')).toHaveLength(1)
    stub.failOnce(429, 'rate limit exceeded', { 'retry-after': '3600' })
    await expect(run('status')).rejects.toThrow('run the same command again in 3600 s')
  })

  it('is not asked twice for a pod when the first answer was lost', async () => {
    stub.failOnce(200, 'catalog', {})
    await expect(run(`${up} --yes`)).rejects.toThrow('another form than it documents')
    const request = { name: 'i2i', image: 'i', type: 'LOAD_BALANCER' } as const
    stub.failOnce(503, 'oops')
    const twice = open().createEndpoint({
      ...request,
      ...{ gpu: { pools: ['A'], count: 1, minCudaVersion: '13.0' }, disk: 1, ports: [], env: {} },
      workers: { min: 1, max: 1, idleTimeout: 5 },
      scaling: { type: 'REQUEST_COUNT', requestCount: 1 },
    })
    await expect(twice).rejects.toThrow(/fault of its own.*oops.*Whether it was made is not known/)
    expect(stub.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  })

  it('is a limit without a time, which is not waited for', async () => {
    stub.failOnce(429, 'rate limit exceeded')
    await expect(run('status')).rejects.toMatchObject({
      ...{ code: 'provider-throttled', retryable: true },
      message: 'RunPod is asked too often: run the same command again in a minute.',
    })
  })

  it('is waited out until the time that it names', async () => {
    stub.failOnce(429, 'rate limit', { 'retry-after': new Date(Date.now() - 1e6).toUTCString() })
    expect(await run('status')).toContain('0 pods')
  })

  it('does not quote what a variable says', async () => {
    const errand = readErrand(['template', '--image', 'i', '--env', 'TOKEN=hush-hush'])
    if (!errand) throw new Error('that asks for help')
    const request = templateRequest(errand)
    stub.failOnce(422, 'env.TOKEN: hush-hush is not valid')
    const refused = open().createTemplate(request)
    await expect(refused).rejects.toThrow('env.TOKEN: (TOKEN) is not valid')
  })

  it('is heard to its end where a pod is being made, whoever presses Ctrl-C', async () => {
    const stop = new AbortController()
    const runpod = openRunPod({ origin: stub.origin, key: KEY, signal: stop.signal })
    stub.onAsked = (line) => {
      if (line === 'POST /v2/pods') stop.abort()
    }
    const errand = readErrand([...up.split(' '), '--count', '3', '--yes'])
    if (!errand) throw new Error('that asks for help')
    const lines: string[] = []
    const print = (line: string) => lines.push(line)
    await expect(deploy(errand, { runpod, results, print })).rejects.toThrow('aborted')
    expect(lines.filter((line) => line.startsWith('made'))).toEqual([
      expect.stringMatching(/^made pod1/),
    ])
    expect(stub.pods).toHaveLength(1)
  })

  it('is no mishap where a pod that is to be ended has ended', async () => {
    await open().terminate('long-gone')
    expect(stub.asked).toEqual(['DELETE /v2/pods/long-gone'])
  })
})
