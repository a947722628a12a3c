/** `npm run deploy`: workers on RunPod. */
import { join } from 'node:path'
import { help, readErrand } from './arguments.ts'
import { atTerminal } from './at-terminal.ts'
import { readDeployConfig, variablesHelp } from './config.ts'
import { deploy } from './deploy.ts'
import { openRunPod } from './runpod/api.ts'

const results = join(import.meta.dirname, '..', 'bench', 'results')

await atTerminal('deploy', async (signal) => {
  const errand = readErrand(process.argv.slice(2))
  const print = (line: string) => console.log(line)
  if (!errand) return print(`${help}\nIn the environment:\n${variablesHelp()}`)
  const runpod = openRunPod({ ...readDeployConfig(), signal })
  await deploy(errand, { runpod, results, print })
})
