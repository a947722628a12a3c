/** Draws by the stub's process: orders and pictures cross between two processes, as they do with a real engine. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { RgbImage } from '#contract'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import type { Draw } from '#worker/daemon/draw.ts'
import { drawnAs } from '#worker/daemon/workshop.case.ts'

export interface ToStub {
  readonly width: number
  readonly height: number
  readonly images: number
  readonly drawMs: number
  /** Sent for the sake of its weight. */
  readonly reference: RgbImage | undefined
}

/** Said once the order has arrived, then once it is done. */
export type FromStub = { readonly kind: 'began' } | Drawn

export interface Drawn {
  readonly kind: 'drawn'
  readonly images: readonly RgbImage[]
  /** From the order's arrival there until its pictures were sent. */
  readonly busyMs: number
}

export interface StubEngine extends AsyncDisposable {
  readonly draw: Draw
  /** Share of the time between its first answer here and its last that it was at work; it waited for us in the rest. */
  readonly busy: () => number
}

export function stubEngine(drawMs: number): StubEngine {
  const child = fork(fileURLToPath(new URL('stub-engine.ts', import.meta.url)), {
    serialization: 'advanced',
    execArgv: [...typescriptLoader()],
  })
  const answers: { readonly at: number; readonly busyMs: number }[] = []
  return {
    busy() {
      const [first, ...rest] = answers
      const last = rest.at(-1)
      if (!first || !last) return 0
      return rest.reduce((sum, { busyMs }) => sum + busyMs, 0) / (last.at - first.at)
    },
    async draw(order, { onProgress }) {
      const { width, height } = order.drawn
      const { images } = order.planned
      const began = () => onProgress({ stage: 'prompt', image: 0, done: 0, of: 1 })
      const { reference } = order
      const drawn = await ask(child, { width, height, images, drawMs, reference }, began)
      answers.push({ at: performance.now(), busyMs: drawn.busyMs })
      const { effective, timings, images: stood } = drawnAs({ ...order, reference: undefined })
      const seeds = stood.map(({ seed }) => seed)
      return {
        images: drawn.images.map((image, i) => ({ seed: seeds[i] ?? 0, image })),
        effective,
        timings,
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** One at a time: the loop gives no order before the one before it was answered. */
function ask(child: ChildProcess, order: ToStub, began: () => void): Promise<Drawn> {
  return new Promise((resolve, reject) => {
    const hear = (message: FromStub) => {
      if (message.kind === 'began') return began()
      child.off('message', hear)
      child.off('exit', end)
      resolve(message)
    }
    const end = (code: number | null) => reject(new Error(`the stub of an engine ended: ${code}`))
    child.on('message', hear)
    child.on('exit', end)
    child.send(order)
  })
}
