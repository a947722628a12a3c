/** The process in which things are tried: takes one task in JSON, prints one JSON object. */
import { z } from 'zod'
import { loadProblem } from '#worker/engine/load-problem.ts'

const task = z.object({
  device: z.enum(['cpu', 'cuda']).optional(),
  libraries: z.array(z.string()).default([]),
})

const { device, libraries } = task.parse(JSON.parse(process.argv[2] ?? ''))
const missing = libraries.filter((library) => loadProblem(library) !== undefined)
process.stdout.write(JSON.stringify({ missing, problem: await problemOf(device) }))

async function problemOf(device: 'cpu' | 'cuda' | undefined): Promise<string | undefined> {
  if (!device) return undefined
  // Late, because where the binding does not load, libraries can be asked for all the same.
  const { deviceProblem } = await import('#worker/engine/choose-device.ts')
  return deviceProblem(device)
}
