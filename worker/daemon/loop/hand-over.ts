/**
 * The next order goes first: until it has arrived, the pictures of the one before it are not worked on. Megabytes cross
 * to the engine in many small reads and writes, each of which waits while encoders have the processors: on two cores an
 * engine stood idle for 65 ms a picture without this, and for 17 with it.
 */
import { setImmediate as macrotask } from 'node:timers/promises'
import type { Draw } from '../draw.ts'

export interface HandOver {
  /** The same, whose first sign of progress says that the order has arrived. */
  readonly watch: (draw: Draw) => Draw
  /** Resolves once no order is on its way; an engine that says nothing is not waited for. */
  readonly done: () => Promise<void>
}

const LONGEST_MS = 250

export function createHandOver(): HandOver {
  let onItsWay: Promise<unknown> = Promise.resolve()
  return {
    watch: (draw) => (order, watch) => {
      let arrived = () => {}
      const arrival = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LONGEST_MS)
        arrived = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      onItsWay = arrival
      const onProgress: typeof watch.onProgress = (progress) => {
        arrived()
        watch.onProgress(progress)
      }
      return draw(order, { ...watch, onProgress }).finally(() => arrived())
    },
    async done() {
      // The turn has only just become free: whoever waited for it begins now.
      await macrotask()
      await onItsWay
    },
  }
}
