/** How a worker's loop behaves, whatever its queue stands on: run in memory and on Redis. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { QueueWorker } from '#contract'
import type { Storage } from '#platform/storage/storage.ts'
import { mustTake, type QueueMaker } from '../../../contract/queue/queue.case.ts'
import { txt2img } from '../workshop.case.ts'
import type { Workshop } from '../workshop.ts'
import { endedAre, gated, idsWaiting, LEASE_MS, loopStarter } from './loop-starter.case.ts'

export function describeLoop(what: string, open: () => Promise<QueueMaker>): void {
  describe(what, () => {
    const { newQueue, workshop, start } = loopStarter(open)

    it('draws every job once, in order, and prepares one while it draws another', async () => {
      const { queue } = newQueue()
      const { draw, seen } = gated()
      const screened: string[] = []
      const screen: Workshop['screen'] = async ({ id }, stage) => {
        if (stage === 'asked') screened.push(id)
        return undefined
      }
      for (const id of ['1', '2', '3', '4']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw: draw.held, screen })
      await expect.poll(() => screened).toEqual(['1', '2'])
      await sleep(50)
      expect([seen, screened]).toEqual([['1'], ['1', '2']])
      draw.release()
      await endedAre(loop, 4)
      expect(seen).toEqual(['1', '2', '3', '4'])
      expect(loop.ended).toEqual(['completed', 'completed', 'completed', 'completed'])
      expect(await queue.depth()).toMatchObject({ waiting: 0, active: 0, owedCallbacks: 4 })
    })

    it('draws on while a slow storage takes the last picture', async () => {
      const { queue } = newQueue()
      let opened = false
      const putting: string[] = []
      const storage = {
        ...workshop().storage,
        async put(...[path, bytes, kind]: Parameters<Storage['put']>) {
          putting.push(path)
          while (!opened) await sleep(5)
          await workshop().storage.put(path, bytes, kind)
        },
      }
      const { draw, seen } = gated()
      draw.release()
      for (const id of ['1', '2', '3']) await queue.push(txt2img(id))
      const loop = start({ queue }, { storage, draw: draw.held })
      await expect.poll(() => seen.length).toBe(3)
      expect(loop.ended).toEqual([])
      opened = true
      await endedAre(loop, 3)
    })

    it('stops a job that is cancelled while it is drawn, and draws the next', async () => {
      const { queue } = newQueue()
      const { draw, seen } = gated()
      for (const id of ['1', '2']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw: draw.held })
      await expect.poll(() => seen).toEqual(['1'])
      expect(await queue.cancel('1')).toBe('cancelling')
      await endedAre(loop, 1)
      expect(await queue.job('1')).toMatchObject({ status: 'cancelled' })
      draw.release()
      await endedAre(loop, 2)
      expect(loop.ended).toEqual(['cancelled', 'completed'])
    })

    it('stops a job that another has taken over, and publishes nothing of it', async () => {
      const { queue, advance } = newQueue()
      const { draw, seen } = gated()
      const own = queue.worker('a')
      let isFrozen = false
      const worker: QueueWorker = {
        ...own,
        async beat(...given) {
          while (isFrozen) await sleep(5)
          return await own.beat(...given)
        },
      }
      for (const id of ['1', '2']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw: draw.held }, { worker })
      await expect.poll(async () => (await queue.depth()).active).toBe(2)
      await expect.poll(() => seen).toEqual(['1'])
      isFrozen = true
      await advance(LEASE_MS + 1)
      await queue.sweep()
      const other = queue.worker('b')
      const claims = [await mustTake(other), await mustTake(other)]
      isFrozen = false
      await endedAre(loop, 2)
      expect(loop.ended).toEqual(['lost', 'lost'])
      expect(await other.beat(claims)).toEqual(['held', 'held'])
      expect(seen).toEqual(['1'])
      expect((await workshop().files()).filter((file) => file.includes('/.staged/'))).toEqual([])
    })

    it('when drained ends what it draws, gives the rest back at once, and leaves', async () => {
      const { queue } = newQueue()
      const { draw, seen } = gated()
      for (const id of ['1', '2', '3']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw: draw.held })
      await expect.poll(async () => (await queue.depth()).active).toBe(2)
      await expect.poll(() => seen).toEqual(['1'])
      loop.drain()
      await expect.poll(async () => (await queue.depth()).waiting).toBe(2)
      draw.release()
      expect(await loop.done).toBe('drained')
      expect(await queue.job('1')).toMatchObject({ status: 'completed' })
      expect(await idsWaiting(queue)).toEqual(['2', '3'])
      expect(await queue.workers()).toEqual([])
    })

    it('gives everything back in order, uncounted, where the time to drain is over', async () => {
      const { queue } = newQueue()
      const { draw, seen } = gated()
      for (const id of ['1', '2', '3']) await queue.push(txt2img(id))
      const loop = start({ queue }, { draw: draw.held }, { drainMs: 150 })
      await expect.poll(async () => (await queue.depth()).active).toBe(2)
      await expect.poll(() => seen).toEqual(['1'])
      loop.drain()
      expect(await loop.done).toBe('overrun')
      expect(await idsWaiting(queue)).toEqual(['1', '2', '3'])
      expect(await queue.job('1')).toMatchObject({ status: 'queued', attempts: 0, stalls: 0 })
      expect(await queue.workers()).toEqual([])
    })

    it('waits no longer once it is told a second time', async () => {
      const { queue } = newQueue()
      const { draw, seen } = gated()
      await queue.push(txt2img('1'))
      const loop = start({ queue }, { draw: draw.held }, { drainMs: 60_000 })
      await expect.poll(() => seen).toEqual(['1'])
      loop.drain()
      loop.kill()
      expect(await loop.done).toBe('overrun')
      expect(await idsWaiting(queue)).toEqual(['1'])
    })
  })
}
