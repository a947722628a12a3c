/** Bench `enhance`: how fast a Qwen 2.5 writes, in both of our forms and in transformers, in one alternating run. */
import { availableParallelism } from 'node:os'
import { qwen25 } from '#models/networks/qwen2.ts'
import type { WeightForm } from '#worker/enhance/messages.ts'
import { alternate } from '../measure/alternate.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { gpu } from '../measure/gpu.ts'
import { load } from '../measure/machine.ts'
import { begin, keepResults } from '../measure/results.ts'
import { type EnhanceFound, type EnhanceTask, enhanceFound, forms } from './enhance-task.ts'
import { randomQwen, type SizeName, sizes } from './random-qwen.ts'
import { MOST_RATIO, type Run, summarise, table } from './summary.ts'

export interface EnhanceOptions {
  readonly device: 'cpu' | 'cuda'
  readonly sizes: readonly SizeName[]
  readonly rounds: number
  readonly runs: number
  readonly tokens: number
  readonly python: string | undefined
}

/** Prints a table; the last line is one JSON object. Whether the gate holds, and all sides wrote the same on a CPU. */
export async function benchEnhance(
  options: EnhanceOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { device, tokens } = options
  const circumstances = begin()
  const runs: Run[] = []
  for (const size of options.sizes) runs.push(...(await runSize(size, { ...options, print })))
  const found = summarise(runs, tokens)
  for (const line of table(found)) print(line)

  const passes = found.every(({ ratio, wroteTheSame }) => {
    // Other roundings write other tokens, which is how it is on a GPU.
    return (ratio === undefined || ratio <= MOST_RATIO) && (wroteTheSame || device !== 'cpu')
  })
  const verdict = passes ? 'PASS' : 'FAIL'
  const card = gpu()?.name.replace(/\W+/g, '-')
  const results = await keepResults(`enhance-${device === 'cpu' ? 'cpu' : card}`, circumstances, {
    peer: runs.find(({ found: { versions } }) => versions)?.found.versions ?? {},
    what: `greedy tokens after a prompt of ${PROMPT}, ${device === 'cpu' ? 'float32' : 'bfloat16'} on both sides`,
    ...{ tokens, threads: availableParallelism(), gate: { mostRatio: MOST_RATIO }, verdict },
    ...{ summary: found, raw: runs },
  })
  const rates = found.map(({ what, tokensPerSecond, ratio }) => ({ what, tokensPerSecond, ratio }))
  print(JSON.stringify({ bench: 'enhance', verdict, rates, results }))
  return passes
}

/** As few-shot text is. */
const PROMPT = 256

interface Side {
  readonly name: string
  readonly form: EnhanceTask['form'] | 'peer'
  readonly weights: WeightForm
}

const ours: readonly Side[] = forms.map((form) => ({ name: form, form, weights: 'full' }))
const peer: Side = { name: 'transformers', form: 'peer', weights: 'full' }
const rounded: Side = { name: 'loop, 4 bits', form: 'loop', weights: '4bit' }

async function runSize(
  size: SizeName,
  { rounds, print, python, ...rest }: EnhanceOptions & { print(line: string): void },
): Promise<readonly Run[]> {
  const folder = await randomQwen(size, print)
  const { vocabulary } = sizes[size]
  // Four bits are for networks that are too large.
  const sides = [...ours, peer, ...(size in qwen25 ? [rounded] : [])]
  const runs: Run[] = []
  for (const { name, form, weights } of alternate(sides, rounds)) {
    const task: EnhanceTask = {
      ...{ folder, weights, form: form === 'peer' ? 'loop' : form, device: rest.device },
      ...{ threads: availableParallelism(), tokens: rest.tokens, runs: rest.runs },
      prompt: Array.from({ length: PROMPT }, (_, i) => (17 * i + 3) % vocabulary),
    }
    const script = new URL(form === 'peer' ? 'peer.py' : 'ours-once.ts', import.meta.url)
    const found: EnhanceFound = await freshProcess({
      ...{ script, task, found: enhanceFound, ...(python && { python }) },
    })
    runs.push({ size, side: name, found, loadAverage: load() })
    const seconds = found.allMs.map((ms) => (ms / 1000).toFixed(2)).join(' ')
    print(`${size}, ${name}: ${seconds} s`)
  }
  return runs
}
