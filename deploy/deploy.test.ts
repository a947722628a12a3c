import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readErrand } from './arguments.ts'
import { deploy } from './deploy.ts'
import { gpuChoices, secondsOfCards } from './gpu-choice.ts'
import { openRunPod } from './runpod/api.ts'
import { KEY, type RunPodStub, startRunPod } from './runpod/runpod-stub.case.ts'

const results = join(import.meta.dirname, '..', 'bench', 'results')
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

const up = `up --image ghcr.io/me/i2i:1 --volume vol1 --env REDIS_URL={{RUNPOD_SECRET_redis}} --env TOKEN=hush`

describe('npm run deploy', () => {
  it('plans with price and seconds side by side, the cheapest image first, without cards that cannot run it', async () => {
    const said = await run('plan')
    const rows = said.split('\n').filter((line) => line.startsWith('NVIDIA'))
    expect(rows[0]).toMatch(/^NVIDIA \S.* GB +\d+\.\d\d +\d+\.\d\d +projected +\d+\.\d\d +\w+$/)
    const cost = rows.map((row) => Number(/projected +(\S+)/.exec(row)?.[1]))
    expect(cost.slice(0, 4)).toEqual(cost.slice(0, 4).toSorted((a, b) => a - b))
    expect(said).not.toContain('B200')
    expect(rows.at(-1)).toMatch(/5090.* \? +\? +none/)
  })

  it('rents nothing unless it is meant, and shows no variable’s value', async () => {
    const said = await run(up)
    expect(stub.pods).toEqual([])
    expect(said).toContain('Nothing was rented')
    expect(said).toContain('REDIS_URL={{RUNPOD_SECRET_redis}}, TOKEN')
    expect(said).not.toContain('hush')
  })

  it('rents what its documented wire takes, and ends the newest of its own alone', async () => {
    await run(`${up} --count 2 --yes`)
    await run(`${up} --count 1 --name other --yes`)
    expect(stub.pods.map(({ name }) => name.slice(0, 4))).toEqual(['i2i-', 'i2i-', 'othe'])
    expect(stub.pods[0]).toMatchObject({
      env: { REDIS_URL: '{{RUNPOD_SECRET_redis}}', WORKER_PORT: '7859' },
      mounts: { network: [{ volumeId: 'vol1', path: '/workspace' }] },
      gpu: { count: 1, minCudaVersion: '13.0' },
    })
    expect(await run('status')).toMatch(/2 pods called i2i, \$1\.38 an hour$/)
    expect(await run('down --count 1')).toContain('would end pod2')
    await run('down --count 1 --yes')
    expect(stub.pods.map(({ id }) => id)).toEqual(['pod1', 'pod3'])
  })

  it('makes a template for the console, as its documented wire takes it', async () => {
    expect(await run('template --image i2i:1')).toContain('Nothing was made')
    expect(await run('template --image i2i:1 --yes')).toContain('made template1')
    expect(stub.asked).toEqual(['POST /v2/templates'])
  })

  it.each([
    ['up', 'Which image?'],
    ['template', 'Which image?'],
    ['up --image i --gpu Voodoo2', 'There is no Voodoo2 in the secure cloud'],
    ['up --image i --cloud community --volume v', 'has no network volumes'],
    ['fly', 'There is no fly here'],
    ['up --count none', '--count takes a whole number'],
    ['up --env lower=1', '--env takes NAME=VALUE'],
  ])('%s is refused with its mend', async (words, sentence) => {
    await expect(run(words)).rejects.toThrow(sentence)
  })
})

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
    stub.failOnce(500, 'oops')
    await expect(open().create({} as never)).rejects.toThrow('oops')
    expect(stub.asked.filter((line) => line === 'POST /v2/pods')).toHaveLength(1)
  })
})

it('takes what was measured on a card before what is projected', async () => {
  const known = await secondsOfCards(results)
  expect(known.get('H100 SXM')?.seconds).toBeCloseTo(0.18 / 0.3, 1)
  known.set('NVIDIA H100 80GB HBM3', { seconds: 0.5, isMeasured: true })
  const [h100] = (await open().gpus()).filter(({ id }) => id.includes('H100'))
  const [choice] = gpuChoices(h100 ? [h100] : [], known, 'SECURE')
  expect(choice).toMatchObject({ seconds: 0.5, isMeasured: true })
  expect(choice?.thousand).toBeCloseTo((3.99 / 3_600) * 500, 6)
})

it('says in one sentence that it has no key, and exits 1', async () => {
  const main = join(import.meta.dirname, 'main.ts')
  const words = ['--import', 'tsx', main, 'status']
  const end = await new Promise((resolve) =>
    execFile(process.execPath, words, { env: { PATH: process.env.PATH } }, (error, _, stderr) =>
      resolve([error?.code, stderr]),
    ),
  )
  expect(end).toEqual([1, expect.stringMatching(/^deploy: RUNPOD_API_KEY must be set: .*\n$/)])
})
