/** A process for the tests of those that watch one: it does the wrong things that it is told to. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import { obey } from './obey.ts'

export type Act =
  | { readonly kind: 'echo'; readonly bytes: Uint8Array }
  | { readonly kind: 'environment' }
  /** Blocks as a native call does: nothing else runs, no signal is heard. */
  | { readonly kind: 'block' }
  | { readonly kind: 'count'; readonly to: number }
  | { readonly kind: 'untilCancelled' }
  | { readonly kind: 'fail'; readonly code: 'image-unreadable' | 'out-of-memory' }
  | { readonly kind: 'throw' }
  /** Says what is no message, then what answers no command, then echoes. */
  | { readonly kind: 'babble' }
  | { readonly kind: 'die'; readonly lastWords: string }
  | { readonly kind: 'take'; readonly mebibytes: number }

export interface Acted {
  readonly echo: Uint8Array
  readonly environment: readonly string[]
  readonly block: never
  readonly count: number
  readonly untilCancelled: string
  readonly fail: never
  readonly throw: never
  readonly babble: string
  readonly die: never
  readonly take: number
}

obey<Act, Acted[keyof Acted], number>(async (act, { signal, begin, report }) => {
  switch (act.kind) {
    case 'echo':
      return act.bytes
    case 'environment':
      return Object.keys(process.env)
    case 'block':
      return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) as never
    case 'count':
      for (let at = 1; at <= act.to; at++) {
        begin(`number ${at}`)
        report(at)
        await sleep(1)
      }
      return act.to
    case 'untilCancelled':
      report(0)
      await sleep(60_000, undefined, { signal }).catch(() => {})
      return 'cancelled'
    case 'fail':
      throw new Failure(act.code, 'It was told to.')
    case 'throw':
      throw new TypeError('a mistake')
    case 'babble':
      for (const word of [
        null,
        'text',
        7,
        {},
        { id: 1 },
        { id: -1, kind: 'answer', answer: 'no' },
      ]) {
        process.send?.(word)
      }
      return 'sense'
    case 'die':
      process.stderr.write(act.lastWords)
      return process.exit(3)
    case 'take':
      return Buffer.alloc(act.mebibytes * 2 ** 20, 1).length
  }
})
