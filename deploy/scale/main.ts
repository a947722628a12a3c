/** `npm run scale`: as many pods on RunPod as the work that waits needs. */
import { atTerminal } from '../at-terminal.ts'
import { readDeployConfig, variablesHelp } from '../config.ts'
import { openRunPod } from '../runpod/api.ts'
import { help, readScaleErrand } from './arguments.ts'
import { scale } from './scale.ts'

await atTerminal('scale', async (signal) => {
  const errand = readScaleErrand(process.argv.slice(2))
  const print = (line: string) => console.log(line)
  if (!errand) return print(`${help}\nIn the environment:\n${variablesHelp()}`)
  const runpod = openRunPod({ ...readDeployConfig(), signal })
  await scale(errand, { runpod, print, signal })
})
