import { describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '#contract'
import type { Act, Acted } from './actor.case.ts'
import { type KeptOptions, KeptProcess } from './kept-process.ts'
import { acting, isGone } from './watched-actor.case.ts'

/** One that is ended with the test, and the processes that it started. */
function keeping(options: Partial<KeptOptions<Act, Acted>> = {}) {
  const pids: (number | undefined)[] = []
  const kept = new KeptProcess<Act, Acted>({
    process: acting(),
    begin(process) {
      pids.push(process.pid)
      return process.send({ kind: 'environment' })
    },
    cancelled: () => new Failure('cancelled', 'Nobody wants it.'),
    sendsAgain: false,
    ...options,
  })
  onTestFinished(() => kept[Symbol.asyncDispose]())
  return { kept, pids }
}

const nothing = { kind: 'count', to: 0 } as const
const death = { kind: 'die', lastWords: 'alas' } as const

describe('a process that is kept', () => {
  test('is started for the first command, does one at a time, and is replaced after its death', async () => {
    const { kept, pids } = keeping()
    expect(kept.pid).toBe(undefined)
    const both = [kept.send({ kind: 'count', to: 2 }), kept.send({ kind: 'babble' })]
    expect(await Promise.all(both)).toEqual([2, 'sense'])
    expect(pids).toEqual([kept.pid])
    await expect(kept.send(death)).rejects.toMatchObject({ message: 'exit 3: alas' })
    expect(await kept.send(nothing)).toBe(0)
    expect(pids).toHaveLength(2)
  })

  test('has a command that it died at done by a fresh one, where that is wanted, and no further', async () => {
    const { kept, pids } = keeping({ sendsAgain: true })
    await kept.send(nothing)
    process.kill(kept.pid ?? Number.NaN, 'SIGSTOP')
    const sent = kept.send(nothing)
    process.kill(kept.pid ?? Number.NaN, 'SIGKILL')
    expect(await sent).toBe(0)
    await expect(kept.send(death)).rejects.toMatchObject({ message: 'exit 3: alas' })
    expect(pids).toHaveLength(3)
  })

  test('that cannot begin is given up, and the next command has another', async () => {
    const first = { kind: 'fail', code: 'image-unreadable' } as const
    let isFit = false
    const { kept } = keeping({ begin: (process) => process.send(isFit ? nothing : first) })
    await expect(kept.send(nothing)).rejects.toMatchObject({ code: 'image-unreadable' })
    const { pid } = kept
    isFit = true
    expect(await kept.send(nothing)).toBe(0)
    expect(kept.pid).not.toBe(pid)
  })

  test('is ended with a command that is cancelled, and one that waits is not begun', async () => {
    const { kept, pids } = keeping({ sendsAgain: true })
    await kept.send(nothing)
    const controller = new AbortController()
    const [running, waiting] = [0, 1].map(() => kept.send({ kind: 'block' }, controller.signal))
    await new Promise(setImmediate)
    controller.abort()
    await expect(running).rejects.toThrow('Nobody wants it.')
    expect(isGone(pids[0])).toBe(true)
    await expect(waiting).rejects.toThrow('Nobody wants it.')
    expect(pids).toHaveLength(1)
  })

  test('leaves nothing behind, whatever it was at', async () => {
    const { kept, pids } = keeping({ sendsAgain: true })
    await kept.send(nothing)
    const waiting = Promise.allSettled([kept.send({ kind: 'block' }), kept.send(nothing)])
    await new Promise(setImmediate)
    await kept[Symbol.asyncDispose]()
    expect(isGone(pids[0])).toBe(true)
    const cancelled = { status: 'rejected', reason: { code: 'cancelled' } }
    expect(await waiting).toMatchObject([cancelled, cancelled])
    await expect(kept.send(nothing)).rejects.toMatchObject({ code: 'cancelled' })
    expect(pids).toHaveLength(1)
  })
})
