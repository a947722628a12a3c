/** Opens a checkpoint's five sessions once, in this process, and says what each stage took. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { openNetworks } from '#worker/engine/open-networks.ts'
import { memory, traffic } from '../measure/process-costs.ts'
import { type OpenFound, openTask } from './open-task.ts'

const {
  checkpoint: path,
  weights,
  threads,
  temporary,
} = openTask.parse(JSON.parse(process.argv[2] ?? ''))
// Only now, so that what the TypeScript loader keeps there is not taken for ours.
process.env.TMPDIR = temporary

/** Milliseconds since the process was started. */
const launched = performance.now()
const before = traffic()

const marks: { readonly stage: string; readonly at: number }[] = [{ stage: 'header', at: launched }]
const checkpoint = await openCheckpoint(path)
const networks = await openNetworks(checkpoint, {
  device: 'cpu',
  threads,
  ...(weights !== 'default' && { weights }),
  onOpen: (stage) => marks.push({ stage, at: performance.now() }),
})
const done = performance.now()

const after = traffic()
const found: OpenFound = {
  stages: Object.fromEntries(
    marks.map(({ stage, at }, i) => [stage, (marks[i + 1]?.at ?? done) - at]),
  ),
  openMs: done - launched,
  sinceLaunchMs: done,
  traffic: {
    toDisk: after.toDisk - before.toDisk,
    written: after.written - before.written,
    fromDisk: after.fromDisk - before.fromDisk,
  },
  temporaryBytes: bytesUnder(temporary),
  memory: memory(),
}
await networks[Symbol.asyncDispose]()
console.log(JSON.stringify(found))

function bytesUnder(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}
