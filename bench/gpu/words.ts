/** Each word of the cuda lowering on the GPU, by value: what works, how exactly, and what the runtime says of the rest. */
import { parseArgs } from 'node:util'
import { messageOf } from '#contract'
import { cuda } from '#models/graph/cuda.ts'
import { relativeError } from '#models/graph/tensor.case.ts'
import { type Word, words } from '#models/graph/words.case.ts'
import { writtenWord } from '#models/graph/written-word.case.ts'
import { type Device, openSession } from '#worker/engine/session.ts'
import { deviceOf } from './device.ts'

const { values } = parseArgs({ options: { device: { type: 'string', default: 'cuda' } } })

/** Of float16 against plain loops in double. */
const TOLERANCE = 5e-3

interface Row {
  readonly word: string
  readonly error: number | undefined
  readonly complaint?: string
}

const rows: Row[] = []
for (const [name, word] of Object.entries(words)) {
  const row = { word: name, ...(await tried(word, deviceOf(values.device))) }
  rows.push(row)
  const verdict = row.complaint ?? (isExact(row) ? '' : 'TOO FAR')
  console.log(
    `${name.padEnd(44)} ${row.error?.toExponential(1).padStart(8) ?? '       -'}  ${verdict}`,
  )
}
const failed = rows.filter((row) => !isExact(row)).map(({ word }) => word)
console.log(JSON.stringify({ bench: 'words', words: rows.length, failed }))
process.exitCode = failed.length === 0 ? 0 : 1

async function tried(word: Word, device: Device): Promise<Omit<Row, 'word'>> {
  try {
    const { model, feeds, expected } = writtenWord(word, {
      lowering: cuda,
      precision: 'float16',
      sides: 'known',
    })
    await using session = await openSession<string, 'result'>(model, {
      device,
      weights: 'prepared',
      threads: 1,
    })
    const { result } = await session.run(feeds)
    return { error: relativeError(result, expected.data) }
  } catch (error) {
    return { error: undefined, complaint: messageOf(error).split('\n')[0] ?? '' }
  }
}

function isExact({ error }: Row): boolean {
  return error !== undefined && error <= TOLERANCE
}
