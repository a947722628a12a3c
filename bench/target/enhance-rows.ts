/** What is demanded of prompt enhancement. */
import { z } from 'zod'
import { MOST_RATIO } from '../enhance/summary.ts'
import { measured } from './measured.ts'
import type { ResultFile } from './result-files.ts'
import { type Demand, judge, type Row } from './verdict.ts'

/** What bench `enhance` keeps. */
const summary = z.array(
  z.object({ what: z.string(), tokensPerSecond: z.number(), ratio: z.number().optional() }),
)
const onCpu = z.object({ bench: z.literal('enhance-cpu'), summary })
const onGpu = z.object({ bench: z.string().regex(/^enhance-(?!cpu)/), summary })
type Summary = z.infer<typeof summary>

const TOKENS = 64

export function enhanceRows(files: readonly ResultFile[]): Row[] {
  return [
    judge(
      enhancement,
      measured(files, onGpu, ({ summary }) => millisecondsOf(summary)),
    ),
    judge(
      ratio,
      measured(files, onCpu, ({ summary }) => of(summary, '0.5B, loop')?.ratio),
    ),
  ]
}

const of = (summary: Summary, name: string) => summary.find(({ what }) => what === name)

/** Of 7B as an enhancer would run it on that card: whichever form is faster. */
function millisecondsOf(summary: Summary): number | undefined {
  const rates = ['7B, loop', '7B, loop, 4 bits'].flatMap(
    (name) => of(summary, name)?.tokensPerSecond ?? [],
  )
  return rates.length === 0 ? undefined : (1000 * TOKENS) / Math.max(...rates)
}

const enhancement: Demand = {
  what: 'enhancement of a prompt by 7B, 64 tokens',
  unit: 'ms',
  goal: { most: 700 },
  by: 'bench enhance --device cuda',
}

const ratio: Demand = {
  what: 'a token of Qwen 2.5 0.5B on a CPU, ours over transformers',
  unit: '',
  gate: { most: MOST_RATIO },
  by: 'bench enhance',
}
