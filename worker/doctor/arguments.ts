/** What was typed after `npm run doctor --`. */
import { parseArgs } from 'node:util'
import { Failure } from '#contract'

export type Errand = 'check' | 'check as JSON' | 'fetch CUDA' | 'help'

const errands: Readonly<Record<string, Errand>> = {
  json: 'check as JSON',
  'fetch-cuda': 'fetch CUDA',
  help: 'help',
  h: 'help',
}

export const help = `What pictures need, what of it is here, and how to get the rest.

  npm run doctor                    checks everything; exit status 1 if something stands in the way
  npm run doctor -- --json          the same as one JSON object
  npm run doctor -- --fetch-cuda    puts ONNX Runtime's CUDA provider where it belongs (a download of 179 MB)

DEVICE, GPUS, SDXL_CHECKPOINT, LD_LIBRARY_PATH and CUDA_VISIBLE_DEVICES are read as a worker reads them. Where REDIS_URL is set, this is to be
a worker, and so all that it reads is looked at, and whether Redis and its storage let it in.
`

/** Throws `request-invalid` for anything else than one of the options. */
export function readErrand(typed: readonly string[]): Errand {
  const { tokens } = parseArgs({ args: [...typed], strict: false, tokens: true })
  const [first, second] = tokens
  if (!first) return 'check'
  if (first.kind === 'option' && first.value === undefined && !second) {
    const errand = Object.hasOwn(errands, first.name) ? errands[first.name] : undefined
    if (errand) return errand
  }
  throw new Failure(
    'request-invalid',
    `The doctor takes one of --json, --fetch-cuda and --help, not ${typed.join(' ')}.`,
  )
}
