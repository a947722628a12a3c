/** Bench `kernels` in one process, on the stand-in: a network opened, its first run, and its steady ones. */
import { readFileSync, statSync } from 'node:fs'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { openSubject } from '../gpu/subject.ts'
import { type Asked, readDeviceLog } from './device-log.ts'
import { type KernelsFound, kernelsTask } from './kernels-task.ts'

const HOST_RUNS = 15

const task = kernelsTask.parse(JSON.parse(process.argv[2] ?? ''))
const { checkpoint: path, subject: name, pixels, precision, log } = task
const checkpoint = await openCheckpoint(path)
await using subject = await openSubject(checkpoint, name, {
  device: 'cuda',
  lowering: 'cuda',
  precision,
  pixels,
})

await subject.run(pixels)
const first = since(0, 0)
// The second run settles the arena.
await subject.run(pixels)
const [from, inUse] = [sizeOf(log), since(0, 0).inUseBytes]
await subject.run(pixels)
const steady = since(from, inUse)

const hostMs: number[] = []
for (let i = 0; i < HOST_RUNS; i++) {
  const started = performance.now()
  await subject.run(pixels)
  hostMs.push(performance.now() - started)
}
const found: KernelsFound = { nodes: subject.census?.nodes ?? 0, first, steady, hostMs }
console.log(JSON.stringify(found))

/** What was asked of the device since the log had that many bytes. */
function since(byte: number, before: number): Asked {
  return readDeviceLog(log ? readFileSync(log).subarray(byte).toString() : '', before)
}

function sizeOf(file: string | null): number {
  return file ? statSync(file).size : 0
}
