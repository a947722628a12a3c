/** Each word of the lowering on the GPU, by value, in both precisions that networks run in. */
import type { Precision } from '#models/graph/graph.ts'
import { relativeError } from '#models/graph/tensor.case.ts'
import { type Word, words } from '#models/graph/words.case.ts'
import { writtenWord } from '#models/graph/written-word.case.ts'
import { openSession } from '#worker/engine/session.ts'
import { lowerings } from '../lowerings.ts'
import type { PartTask, Row, Step, Steps } from '../part-task.ts'

/** Against plain loops in double. A GPU multiplies float32 in TF32 unless it is told not to: 10 bits of mantissa. */
const tolerance: Readonly<Record<Precision, number>> = { float16: 5e-3, float32: 2e-3 }

export const steps: Steps = (task) => {
  const asked = Object.entries(words).slice(0, task.small ? 4 : undefined)
  // Half precision first: the UNet's. The VAE may need the other.
  return (['float16', 'float32'] as const).flatMap((precision) =>
    asked
      .filter(([, word]) => !(word.isCached && precision === 'float32' && task.device === 'cuda'))
      .map(([name, word]): Step => {
        const what = `${name}, ${precision}`
        return {
          name: what,
          run: async (report) => report(await tried(word, { what, precision, task })),
        }
      }),
  )
}

interface Trial {
  readonly what: string
  readonly precision: Precision
  readonly task: PartTask
}

async function tried(word: Word, { what, precision, task: { device } }: Trial): Promise<Row> {
  // The fused operators have no kernel on a CPU.
  const lowering = lowerings[device === 'cuda' ? 'cuda' : 'portable']
  const { model, feeds, expected } = writtenWord(word, { lowering, precision, sides: 'known' })
  await using session = await openSession<string, 'result'>(model, {
    device,
    weights: 'prepared',
    threads: 1,
    mayUseCpu: word.isCached ?? false,
  })
  const { result } = await session.run(feeds)
  const error = relativeError(result, expected.data)
  const row = { what, relativeError: error }
  return error <= tolerance[precision]
    ? row
    : {
        ...row,
        failed: `is ${error.toExponential(1)} from its reference, more than ${tolerance[precision]}`,
      }
}
