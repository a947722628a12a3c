/** What ONNX Runtime's profile says of one run: where the time went, by operator and by node. */
import { z } from 'zod'

export interface NodeTime {
  readonly node: string
  readonly operator: string
  readonly ms: number
  /** Type and sides of its first output, as they lie in memory: `float16 [1,4096,640]`. */
  readonly shape: string
}

export interface OperatorTime {
  readonly operator: string
  readonly count: number
  readonly ms: number
  /** Of all nodes' time. */
  readonly share: number
}

const event = z.looseObject({
  cat: z.string(),
  name: z.string(),
  /** Microseconds. */
  ts: z.number(),
  dur: z.number(),
  args: z
    .looseObject({
      op_name: z.string().optional(),
      output_type_shape: z.array(z.record(z.string(), z.array(z.number()))).optional(),
    })
    .optional(),
})

/** The nodes of the last run in the trace, as they ran. Throws where the trace is none. */
export function lastRun(trace: string): NodeTime[] {
  const events = z.array(z.unknown()).parse(JSON.parse(trace))
  const known = events.flatMap((one) => event.safeParse(one).data ?? [])
  const began = Math.max(...known.filter(({ name }) => name === 'model_run').map(({ ts }) => ts))
  return known
    .filter(({ cat, name, ts }) => cat === 'Node' && name.endsWith(KERNEL) && ts >= began)
    .map(({ name, dur, args }) => ({
      node: name.slice(0, -KERNEL.length),
      operator: args?.op_name ?? '',
      ms: dur / 1000,
      shape: shapeOf(args?.output_type_shape?.[0] ?? {}),
    }))
}

function shapeOf(typed: Readonly<Record<string, readonly number[]>>): string {
  return Object.entries(typed)
    .map(([type, sides]) => `${type} [${sides}]`)
    .join()
}

/** How the events of the computation itself are named, after their node. */
const KERNEL = '_kernel_time'

/** The costliest first. */
export function byOperator(nodes: readonly NodeTime[]): OperatorTime[] {
  const all = nodes.reduce((sum, { ms }) => sum + ms, 0)
  const sums = new Map<string, { count: number; ms: number }>()
  for (const { operator, ms } of nodes) {
    const sum = sums.get(operator) ?? { count: 0, ms: 0 }
    sums.set(operator, { count: sum.count + 1, ms: sum.ms + ms })
  }
  return [...sums]
    .map(([operator, sum]) => ({ operator, ...sum, share: sum.ms / all }))
    .toSorted((a, b) => b.ms - a.ms)
}

export const costliest = (nodes: readonly NodeTime[], most: number): NodeTime[] =>
  nodes.toSorted((a, b) => b.ms - a.ms).slice(0, most)
