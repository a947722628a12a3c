/** Bench `policy`: what the policy adds to a job that is made, in processor time, without the look at pictures. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Job, memoryQueue } from '#contract'
import { readShippedRules } from '../../policy/read-rules.ts'
import { createReferenceGate, sha256Of } from '../../policy/reference/reference-gate.ts'
import { createScreen } from '../../policy/screen.ts'
import { begin, keepResults } from '../measure/results.ts'
import { summary } from '../measure/statistics.ts'

/** Of the issue: milliseconds that a job may take longer. */
const MOST_MS = 3
/** Of a photograph, as phones send it. */
const REFERENCE_BYTES = 2_000_000

/** Prints a line; the last is one JSON object. Whether the gate holds. */
export async function benchPolicy(
  { rounds }: { readonly rounds: number },
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const screen = createScreen({ rules: readShippedRules(), granted: 'nsfw' })
  const { takenDown } = memoryQueue({ idOf: () => undefined })
  const gate = createReferenceGate({ granted: 'nsfw', trustedMakers: [], takenDown })
  const photo = Buffer.alloc(REFERENCE_BYTES, 7)
  const sha256 = sha256Of(photo)
  const jobs = ordinaryPrompts().map((prompt) => editOf(prompt, sha256))
  const wholeJob = async (job: Job) => {
    // The gateway asks once before any provider; the worker asks at each of its stages.
    await screen(job, 'asked')
    await screen(job, 'asked')
    await screen(job, 'enhanced', `${job.asked.prompt}, golden hour, sharp focus`)
    await screen(job, 'made')
    await gate.requireCleared(job, photo)
    await gate.requireDeliverable([sha256])
  }
  for (const job of jobs.slice(0, 100)) await wholeJob(job)
  const raw: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    for (const job of jobs) await wholeJob(job)
    const { user, system } = process.cpuUsage(before)
    raw.push((user + system) / 1_000 / jobs.length)
  }
  const perJobMs = summary(raw)
  const verdict = perJobMs.median <= MOST_MS ? 'PASS' : 'FAIL'
  const found = { perJobMs, gateMs: MOST_MS, jobs: jobs.length, referenceBytes: REFERENCE_BYTES }
  const results = await keepResults('policy', circumstances, { ...found, verdict, raw })
  print(`${perJobMs.median.toFixed(2)} ms of a processor a job, of ${MOST_MS} that it may take`)
  const medianMs = Number(perJobMs.median.toPrecision(3))
  print(JSON.stringify({ bench: 'policy', verdict, perJobMs: medianMs, results }))
  return verdict === 'PASS'
}

const ordinaryPrompts = (): readonly string[] =>
  readFileSync(fileURLToPath(new URL('../../policy/ordinary-prompts.txt', import.meta.url)), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

const editOf = (prompt: string, sha256: string): Job => ({
  ...{ id: 'bench', source: 'gateway', mode: 'modify', loras: [], enhance: true, metadata: {} },
  asked: { prompt, negativePrompt: 'blurry, low quality, worst quality, jpeg artifacts, text' },
  ...{ reference: { path: 'a/b.png' }, cleared: [{ sha256, by: 'lineage' }] },
  contentMode: 'nsfw',
})
