/** `npm run parity`: our numbers against those that diffusers made. */
import { parseArgs } from 'node:util'
import { Failure, messageOf } from '#contract'
import type { WeightUse } from '#worker/engine/session.ts'
import { runParity } from './parity.ts'

const usage = `npm run parity -- [--checkpoint FOLDER --cases FILE.json] [--weights prepared|in-place]

Compares networks, noise schedules and whole pictures with goldens that diffusers made, in float32 on the CPU.
Without arguments: the goldens in models/goldens, whose checkpoints are made by rule. With them: a diffusers
folder of yours, and cases recorded from it by models/goldens/make.py, or lora.py with the LoRAs that lie beside FILE.json
(the format is in models/goldens/README.md).`

const { values } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    cases: { type: 'string' },
    weights: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  console.log(usage)
} else {
  try {
    const options = { ...values, weights: weightUseOf(values.weights) }
    process.exitCode = (await runParity(options, (line) => console.log(line))) ? 0 : 1
  } catch (error) {
    console.error(messageOf(error))
    process.exitCode = 1
  }
}

function weightUseOf(name: string | undefined): WeightUse | undefined {
  if (name === undefined || name === 'prepared' || name === 'in-place') return name
  throw new Failure('request-invalid', '--weights must be prepared or in-place.')
}
