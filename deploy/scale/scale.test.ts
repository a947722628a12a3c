import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openRunPod, type PodRequest } from '../runpod/api.ts'
import { KEY, type RunPodStub, startRunPod } from '../runpod/runpod-stub.case.ts'
import { readScaleErrand } from './arguments.ts'
import { createDecider, type Decider, usualRules } from './decide.ts'
import { scale } from './scale.ts'

let stub: RunPodStub
let wait: number | string = 0
const worker = createServer((_, response) =>
  response.end(
    `# HELP x\ni2i_engines{state="idle"} 0\ni2i_engines{state="busy"} 1\ni2i_wait_seconds ${wait}\n`,
  ),
)
let page = ''
beforeEach(async () => {
  stub = await startRunPod()
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve))
  page = `http://127.0.0.1:${(worker.address() as AddressInfo).port}/metrics`
})
afterEach(async () => {
  await stub[Symbol.asyncDispose]()
  worker.closeAllConnections()
  await new Promise((resolve) => worker.close(resolve))
})

const signal = new AbortController().signal
const open = () => openRunPod({ origin: stub.origin, key: KEY, signal })
const first: PodRequest = {
  ...{
    name: 'i2i-0a1b2c',
    image: 'i2i:1',
    disk: 30,
    ports: ['7859/http'],
    env: { WORKER_PORT: '7859' },
  },
  gpu: { id: 'NVIDIA L40S', count: 1 },
  cloud: 'SECURE',
  startSsh: false,
}

async function look(decide: Decider, at: number, words = ''): Promise<string> {
  const errand = readScaleErrand(`--metrics ${page} --once ${words}`.trim().split(/\s+/))
  if (!errand) throw new Error('that asks for help')
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  await scale(errand, { runpod: open(), print, signal, now: () => at, decide })
  return lines.join('\n')
}

it('makes another pod like its own where too much waits, and ends it when it is not needed', async () => {
  await open().create(first)
  const [running] = stub.pods
  if (running) running.status = 'RUNNING'
  const decide = createDecider({
    ...{ ...usualRules, targetWaitSeconds: 20 },
  })
  wait = 45
  expect(await look(decide, 0, '--yes')).toContain('1 pods, 1 engines, 45.0 s each: 1')
  expect(await look(decide, 30)).toMatch(/: 2 \(45 s of work.*\nwould make one like pod1/)
  expect(stub.pods).toHaveLength(1)
  await look(decide, 40, '--yes')
  expect(await look(decide, 70, '--yes')).toContain('made pod2')
  expect(stub.pods[1]).toMatchObject({
    image: 'i2i:1',
    env: { WORKER_PORT: '7859' },
    status: 'PROVISIONING',
  })
  const one: Decider = () => ({ pods: 1, why: 'said so' })
  expect(await look(one, 80, '--yes')).toContain('ended pod2')
  expect(stub.pods.map(({ id }) => id)).toEqual(['pod1'])
})

it('decides nothing where no worker tells, and tells of pods that do not run', async () => {
  await open().create(first)
  const [dead] = stub.pods
  if (dead) dead.status = 'EXITED'
  expect(await look(() => ({ pods: 0, why: '' }), 0)).toMatch(/^does not run: pod1 .*EXITED/)
  if (dead) dead.status = 'RUNNING'
  const nowhere = readScaleErrand(['--metrics', 'http://127.0.0.1:1/metrics', '--once'])
  if (!nowhere) throw new Error('that asks for help')
  const tools = { runpod: open(), print: () => {}, signal }
  await expect(scale(nowhere, tools)).rejects.toMatchObject({ code: 'worker-unavailable' })
})

it('replaces the last pod, which nobody is left to tell of, by another like it', async () => {
  await open().create(first)
  const [dead] = stub.pods
  if (dead) dead.status = 'EXITED'
  const alone = readScaleErrand(['--metrics', 'http://127.0.0.1:1/metrics', '--once', '--yes'])
  if (!alone) throw new Error('that asks for help')
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const decide = createDecider(alone.rules)
  await scale(alone, { runpod: open(), print, signal, now: () => 0, decide })
  expect(lines.join('\n')).toMatch(
    /No worker tells of the queue[\s\S]*0 pods, 0 engines: 1 .*\nmade pod2/,
  )
  expect(stub.pods[1]).toMatchObject({ image: 'i2i:1', status: 'PROVISIONING' })
  for (const pod of stub.pods) pod.status = 'EXITED'
  await scale(alone, { runpod: open(), print, signal, now: () => 30, decide })
  expect(lines.at(-1)).toBe(
    '0 pods, 0 engines: 0 (those that were made have ended: look at their logs)',
  )
  await scale(alone, { runpod: open(), print, signal, now: () => 400, decide })
  expect(stub.pods).toHaveLength(3)
})

it('makes nothing like a pod whose variables RunPod does not tell', async () => {
  await open().create(first)
  const [running] = stub.pods
  Object.assign(running ?? {}, { status: 'RUNNING', env: null })
  const two: Decider = () => ({ pods: 2, why: 'said so' })
  await expect(look(two, 0, '--yes')).rejects.toThrow('does not tell the variables of the pod pod1')
  expect(stub.pods).toHaveLength(1)
})

it.each([
  ['NaN', ''],
  ['+Inf', ''],
  ['-1', ''],
  ['12.5 1700000000000', '12.5 s each'],
])('takes a wait of %s for what it is', async (told, said) => {
  await open().create(first)
  const [running] = stub.pods
  if (running) running.status = 'RUNNING'
  wait = told
  const line = await look(createDecider({ ...usualRules, targetWaitSeconds: 20 }), 0)
  expect(line).toMatch(
    said === '' ? /^1 pods, 1 engines: 1 \(how long work waits is not known/ : new RegExp(said),
  )
})

it('has an endpoint keep as many workers as are needed', async () => {
  const three: Decider = () => ({ pods: 3, why: 'said so' })
  await expect(look(three, 0, '--serverless')).rejects.toThrow('up --serverless makes the first')
  await open().createEndpoint({
    ...{ name: 'i2i', image: 'i2i:1', type: 'LOAD_BALANCER', disk: 30, ports: [], env: {} },
    gpu: { pools: ['ADA_24'], count: 1, minCudaVersion: '13.0' },
    workers: { min: 1, max: 2, idleTimeout: 60 },
    scaling: { type: 'REQUEST_COUNT', requestCount: 1 },
  })
  expect(await look(three, 0, '--serverless')).toMatch(
    /1 serverless workers.*: 3[\s\S]*would keep 3/,
  )
  expect(stub.endpoints[0]?.workers).toMatchObject({ min: 1 })
  await look(three, 0, '--serverless --yes')
  expect(stub.endpoints[0]?.workers).toEqual({ min: 3, max: 3, idleTimeout: 60 })
})

it('ends where its key is not taken any more, and goes on after what may pass', async () => {
  const errand = readScaleErrand(['--metrics', page])
  if (!errand) throw new Error('that asks for help')
  stub.failOnce(503, 'upstream')
  stub.failOnce(401, 'revoked')
  const lines: string[] = []
  const often = { ...errand, everySeconds: 0 }
  const ended = scale(often, { runpod: open(), print: (line) => lines.push(line), signal })
  await expect(ended).rejects.toMatchObject({ code: 'provider-denied' })
  expect(lines).toEqual([expect.stringMatching(/^not decided: RunPod has a fault of its own/)])
})

it('asks for pages of metrics by their URLs', () => {
  expect(() => readScaleErrand(['--metrics', 'worker:7859'])).toThrow('--metrics takes http://')
  expect(() => readScaleErrand(['--once'])).toThrow('Whom to ask?')
})
