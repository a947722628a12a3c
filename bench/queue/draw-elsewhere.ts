/** Draws by the stub's process: orders and pictures cross between two processes, as they do with a real engine. */
import { Failure, type RgbImage } from '#contract'
import { WatchedProcess } from '#platform/child/watched-process.ts'
import type { Draw } from '#worker/daemon/draw.ts'
import { drawnAs } from '#worker/daemon/workshop.case.ts'

export interface Order {
  readonly kind: 'draw'
  readonly width: number
  readonly height: number
  readonly images: number
  readonly drawMs: number
  /** Sent for the sake of its weight. */
  readonly reference: RgbImage | undefined
}

export interface Drawn {
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
  const child = new WatchedProcess<Order, { readonly draw: Drawn }, 'began'>({
    ...{ name: 'stub of an engine', program: PROGRAM, env: process.env, stdout: 'inherit' },
    deadlineOf: () => ({ milliseconds: drawMs + MOST_LATE_MS, late: () => broken('hangs') }),
    failureOf: ({ how }) => broken(`ended: ${how}`),
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
      const asked = { kind: 'draw', width, height, images, drawMs, reference } as const
      const drawn = await child.send(asked, { onProgress: began })
      answers.push({ at: performance.now(), busyMs: drawn.busyMs })
      const { effective, timings, images: stood } = drawnAs({ ...order, reference: undefined })
      const seeds = stood.map(({ seed }) => seed)
      return {
        images: drawn.images.map((image, i) => ({ seed: seeds[i] ?? 0, image })),
        effective,
        timings,
      }
    },
    [Symbol.asyncDispose]: () => child.end(),
  }
}

const PROGRAM = new URL('stub-engine.ts', import.meta.url)
/** However busy the machine is. */
const MOST_LATE_MS = 60_000

const broken = (how: string): Failure =>
  new Failure('engine-crashed', `The stub of an engine ${how}.`)
