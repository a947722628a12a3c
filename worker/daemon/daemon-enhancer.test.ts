import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memoryQueue, type Queue, readHealthReport, readResult } from '#contract'
import { createLog } from '#platform/log.ts'
import { writeScriptedQwen } from '#worker/enhance/scripted-qwen.case.ts'
import { readDaemonConfig } from './config.ts'
import { runDaemon } from './daemon.ts'
import { equipmentOf, type HasProcess } from './equipment.ts'
import type { EngineAsked } from './station.ts'
import { drawnAs, idOf, testWorkshop, txt2img } from './workshop.case.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-daemon-enhancer-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** All of a daemon but the drawing, over a queue in this process. */
async function daemonWith(path: string) {
  const config = readDaemonConfig({
    ...{ REDIS_URL: 'redis://in-this-process', SDXL_CHECKPOINT: '/stub.safetensors' },
    ...{ CHECKPOINT_CONTENT: 'sfw', STORAGE_FOLDER: join(folder, 'files'), DEVICE: 'cpu' },
    ...{ QWEN_PATH: path, ENHANCE_TIMEOUT_MS: '60000', THREADS: '1' },
  })
  const children: HasProcess[] = []
  const asked: EngineAsked[] = []
  const { openEnhancer } = equipmentOf(config, (child) => children.push(child))
  await using stub = await testWorkshop()
  const { model } = stub.workshop
  const queue = memoryQueue({ idOf })
  const drain = new AbortController()
  const running = runDaemon({ ...config, port: undefined }, createLog({ level: 'silent' }), {
    ...{ queue, drain: drain.signal, kill: new AbortController().signal },
    equipment: {
      gpus: async () => [undefined],
      openEngine(given) {
        asked.push(given)
        return {
          load: async () => ({ device: 'cpu' }),
          warmUp: async () => {},
          draw: async (order) => drawnAs(order),
          async [Symbol.asyncDispose]() {},
        }
      },
      readModel: async () => model,
      ...(openEnhancer && { openEnhancer }),
    },
  })
  return { queue, running, drain: () => drain.abort(), children, asked }
}

const enhancementOf = async (queue: Queue) =>
  readHealthReport((await queue.workers())[0]?.health)?.enhancement

test('a daemon says whether it enhances, enhances, leaves room for it, and ends its process', async () => {
  const path = await writeScriptedQwen(folder, [' golden hour light', ', fine film grain'])
  const { queue, running, drain, children, asked } = await daemonWith(path)
  while ((await enhancementOf(queue))?.available !== true) await sleep(20)
  expect(asked[0]?.reserved).toBeGreaterThan(2 ** 26)
  await queue.push(txt2img('d1', { metadata: { skip_enhancement: false } }))
  while ((await queue.job('d1'))?.status !== 'completed') await sleep(20)
  const result = readResult((await queue.job('d1'))?.result ?? '')
  expect(result).toMatchObject({
    prompt: 'a heron that reads a newspaper, golden hour light, fine film grain',
    originalPrompt: 'a heron that reads a newspaper',
    enhancement: { source: 'qwen' },
  })
  const [pid = 0] = children.map((child) => child.pid)
  drain()
  await running
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('one whose model will not do does not start, and says why', async () => {
  const { running, children } = await daemonWith(join(folder, 'nowhere'))
  await expect(running).rejects.toThrow(/No folder can be read at .*nowhere: name the folder/)
  expect(children.map(({ pid }) => pid)).toEqual([undefined])
})
