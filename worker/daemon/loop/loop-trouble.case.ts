/** What a worker's loop does about an engine that crashes or stands still, and what it says of itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Failure, type QueueWorker } from '#contract'
import type { QueueMaker } from '../../../contract/queue/queue.case.ts'
import type { Draw } from '../draw.ts'
import { drawnAs, txt2img } from '../workshop.case.ts'
import {
  endedAre,
  gated,
  idsWaiting,
  LEASE_MS,
  loopStarter,
  reportOf,
} from './loop-starter.case.ts'
import { createQuarantine } from './quarantine.ts'

export function describeLoopInTrouble(what: string, open: () => Promise<QueueMaker>): void {
  describe(what, () => {
    const { newQueue, start } = loopStarter(open)

    it('takes no more once its engine has crashed too often, gives back what it holds, and says so', async () => {
      const { queue } = newQueue()
      let crashes = 0
      const draw: Draw = async () => {
        crashes++
        throw new Failure('engine-crashed', 'The engine ended by itself.')
      }
      for (const id of ['1', '2', '3', '4']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw }, { quarantine: createQuarantine({ crashes: 2 }) })
      await endedAre(loop, 2)
      await expect.poll(() => crashes).toBe(3)
      await expect
        .poll(reportOf(queue))
        .toMatchObject({ state: 'degraded', reason: 'engine-crashed', inFlight: 0 })
      await expect.poll(async () => (await queue.depth()).active).toBe(0)
      await sleep(100)
      // Two jobs, and the self-test.
      expect(crashes).toBe(3)
      expect(loop.ended).toEqual(['delayed', 'delayed'])
      expect(await idsWaiting(queue)).toEqual(['3', '4'])
    })

    it('takes jobs again once its engine has passed a self-test', async () => {
      const { queue } = newQueue()
      const seen: string[] = []
      const draw: Draw = async (order) => {
        seen.push(order.planned.mode)
        if (seen.length <= 2) throw new Failure('engine-crashed', 'The engine ended by itself.')
        return drawnAs(order)
      }
      for (const id of ['1', '2', '3', '4']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw }, { quarantine: createQuarantine({ crashes: 2 }) })
      await endedAre(loop, 4)
      expect(loop.ended).toEqual(['delayed', 'delayed', 'completed', 'completed'])
      expect(seen).toEqual(['txt2img', 'txt2img', 'copy', 'txt2img', 'txt2img'])
      await expect.poll(reportOf(queue)).toMatchObject({ state: 'idle', inFlight: 0 })
    })

    it('gives back, and takes again, what the queue did not take back while its engine was tested', async () => {
      const { queue } = newQueue()
      const quarantine = createQuarantine({ crashes: 2 })
      const own = queue.worker('a')
      const worker: QueueWorker = {
        ...own,
        async giveBack(claim) {
          if (quarantine.isOn()) throw new Failure('queue-unavailable', 'Redis is away.')
          return await own.giveBack(claim)
        },
      }
      let drawn = 0
      const draw: Draw = async (order) => {
        if (++drawn <= 2) throw new Failure('engine-crashed', 'The engine ended by itself.')
        return drawnAs(order)
      }
      for (const id of ['1', '2', '3', '4']) await queue.push(txt2img(id))
      start({ queue }, { draw }, { quarantine, worker })
      for (const id of ['3', '4']) {
        const status = async () => (await queue.job(id))?.status
        await expect.poll(status).toBe('completed')
      }
    })

    it('lets a job go that shows no sign of life, has its engine replaced, and draws the next', async () => {
      const { queue, advance } = newQueue()
      let replaced = 0
      let drawn = 0
      const draw: Draw = async (order) => {
        if (drawn++ === 0) await new Promise(() => {})
        return drawnAs(order)
      }
      const engine = { pid: undefined, patience: 1, replaceHung: () => void replaced++ }
      for (const id of ['1', '2']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw, engine }, { stallMs: () => (replaced ? 60_000 : 200) })
      await endedAre(loop, 2)
      expect([loop.ended, replaced]).toEqual([['lost', 'completed'], 1])
      expect(await queue.job('1')).toMatchObject({ status: 'active', fence: 1 })
      await advance(LEASE_MS + 1)
      // Beats that still named it would renew its lease.
      await sleep(100)
      await queue.sweep()
      await endedAre(loop, 3)
      expect(await queue.job('1')).toMatchObject({ status: 'completed', fence: 2, stalls: 1 })
    })

    it('does not let a job go that is slow and says so', async () => {
      const { queue } = newQueue()
      const draw: Draw = async (order, { onProgress }) => {
        for (let done = 0; done < 6; done++) {
          onProgress({ stage: 'denoise', image: 0, done, of: 6 })
          await sleep(200)
        }
        return drawnAs(order)
      }
      await queue.push(txt2img('1'))
      const loop = start({ queue }, { draw }, { stallMs: () => 1_000 })
      await endedAre(loop, 1)
      expect(loop.ended).toEqual(['completed'])
    })

    it('says at every beat what it holds and can do, and how long its engine takes', async () => {
      const { queue } = newQueue()
      const { draw, seen } = gated()
      for (const id of ['1', '2']) await queue.push(txt2img(id))
      const machine = () => ({ device: 'cuda', gpu: 3 }) as const
      const loop = start({ queue }, { draw: draw.held }, { machine })
      await expect.poll(() => seen).toEqual(['1'])
      await expect.poll(reportOf(queue)).toEqual({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        ...{ state: 'busy', inFlight: 2, heldSeconds: 0, device: 'cuda', gpu: '3' },
        ...{ checkpoint: 'stub.safetensors', modes: ['modify', 'copy', 'txt2img'], loras: false },
        service: [],
      })
      draw.release()
      await endedAre(loop, 2)
      // The stub says of its four stages that each took a millisecond.
      const service = [{ mode: 'txt2img', size: '128x128', seconds: 0.004 }]
      await expect.poll(reportOf(queue)).toMatchObject({ state: 'idle', inFlight: 0, service })
    })
  })
}
