/** Asks the driver's own tool which GPUs are here. */
import { execFile } from 'node:child_process'
import { type Gpu, parseGpus, queries } from './gpu-list.ts'

export type SmiAnswer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'gpus'; readonly gpus: readonly [Gpu, ...Gpu[]] }
  /** In its own words. */
  | { readonly kind: 'complaint'; readonly said: string }

/** A driver in trouble may never answer. */
const PATIENCE_MS = 20_000

/** Of every GPU, or of one as the tool itself numbers them. */
export async function askNvidiaSmi(gpu?: number): Promise<SmiAnswer> {
  let answer: SmiAnswer = { kind: 'absent' }
  for (const query of queries) {
    answer = await ask(query, gpu)
    const isOld = answer.kind === 'complaint' && answer.said.includes('not a valid field')
    if (!isOld) return answer
  }
  return answer
}

function ask(query: string, gpu: number | undefined): Promise<SmiAnswer> {
  const which = gpu === undefined ? [] : [`--id=${gpu}`]
  const words = [`--query-gpu=${query}`, '--format=csv,noheader,nounits', ...which]
  return new Promise((resolve) => {
    execFile('nvidia-smi', words, { timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') return resolve({ kind: 'absent' })
      const [first, ...more] = parseGpus(stdout)
      if (!error && first) return resolve({ kind: 'gpus', gpus: [first, ...more] })
      const isLate = error?.killed === true
      // It complains on standard output as well.
      const said = isLate ? `no answer in ${PATIENCE_MS / 1000} s` : `${stdout}\n${stderr}`
      resolve({ kind: 'complaint', said: oneLine(said) || (error?.message ?? 'it said nothing') })
    })
  })
}

function oneLine(said: string): string {
  const lines = said.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .join(' ')
    .replace(/\.$/, '')
}
