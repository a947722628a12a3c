/**
 * Where the time of each network goes, node by node, and which attention kernels it got: run with
 * CUDA_LAUNCH_BLOCKING=1, since ONNX Runtime's profile would else tell how long launches took.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { byOperator, costliest, lastRun } from '../node-times.ts'
import type { Steps } from '../part-task.ts'
import { sizesOf, unetPrecision } from '../sizes.ts'
import { openSubject, type SubjectName } from '../subject.ts'

/** Rows of a table. */
const MOST = 25

export const steps: Steps = async (task) => {
  const { device, lowering } = task
  const checkpoint = await openCheckpoint(task.checkpoint)
  const { side: pixels } = sizesOf(task)
  const subjects: readonly SubjectName[] = ['unet', 'vaeDecoder', 'vaeEncoder', 'textEncoder2']
  return subjects.map((name) => ({
    name,
    async run(report) {
      const folder = join(task.folders.temporary, `profile-${name}`)
      await mkdir(folder, { recursive: true })
      {
        const options = { device, lowering, precision: unetPrecision(task), pixels }
        const profile = join(folder, 'trace')
        await using subject = await openSubject(checkpoint, name, { ...options, profile })
        for (let i = 0; i < 3; i++) await subject.run(pixels)
      }
      const [trace] = await readdir(folder)
      if (!trace) throw new Error('the runtime wrote no profile')
      const nodes = lastRun(await readFile(join(folder, trace), 'utf8'))
      await writeFile(join(task.folders.out, `nodes-${name}.json`), JSON.stringify(nodes))
      const operators = byOperator(nodes)
      report({
        what: name,
        pixels,
        nodes: nodes.length,
        ms: operators.reduce((sum, { ms }) => sum + ms, 0),
        operators: operators.slice(0, MOST),
        costliest: costliest(nodes, MOST),
      })
    },
  }))
}
