/** How fast a Qwen 2.5 writes on the GPU: in one run, by the token, and in four bits; each in a process of its own. */
import { type EnhanceTask, enhanceFound } from '../../enhance/enhance-task.ts'
import { randomQwen, type SizeName } from '../../enhance/random-qwen.ts'
import { summarise } from '../../enhance/summary.ts'
import { freshProcess } from '../../measure/fresh-process.ts'
import type { PartTask, Step, Steps } from '../part-task.ts'

const TOKENS = 64
const PROMPT = 256

interface Subject extends Pick<EnhanceTask, 'form' | 'weights'> {
  readonly size: SizeName
}

const subjects: readonly Subject[] = [
  { size: '0.5B', form: 'loop', weights: 'full' },
  { size: '0.5B', form: 'plain', weights: 'full' },
  { size: '0.5B', form: 'loop', weights: '4bit' },
  { size: '7B', form: 'loop', weights: 'full' },
  { size: '7B', form: 'loop', weights: '4bit' },
]

const least: readonly Subject[] = [{ size: 'tiny', form: 'loop', weights: 'full' }]

export const steps: Steps = (task) =>
  (task.small ? least : subjects).map((subject): Step => {
    const side = subject.weights === '4bit' ? `${subject.form}, 4 bits` : subject.form
    return {
      name: `${subject.size}, ${side}`,
      run: async (report) => report(await timed(subject, { side, task })),
    }
  })

async function timed(
  { size, form, weights }: Subject,
  { side, task }: { readonly side: string; readonly task: PartTask },
) {
  const asked: EnhanceTask = {
    ...{ folder: await randomQwen(size, () => {}), form, weights, threads: 1, tokens: TOKENS },
    ...{ device: task.device === 'cuda' ? 'cuda' : 'cpu', runs: 3 },
    prompt: Array.from({ length: PROMPT }, (_, i) => (17 * i + 3) % 500),
  }
  const script = new URL('../../enhance/ours-once.ts', import.meta.url)
  const found = await freshProcess({ script, task: asked, found: enhanceFound })
  const [summary] = summarise([{ size, side, found, loadAverage: 0 }], TOKENS)
  if (!summary) throw new Error('nothing was timed')
  const { what, tokensPerSecond, promptMs, loadMs, peakMb } = summary
  return { what, tokensPerSecond, promptMs, loadMs, peakMb, firstIds: found.ids.slice(0, 8) }
}
