/** What `npm start -- --help` prints. */
import { helpText } from '#platform/environment/help-text.ts'
import { variables as workers } from '#worker/daemon/variables.ts'
import { variables as gateways } from '../gateway/config/variables.ts'
import { DEFAULTS, UNUSED } from './config.ts'

const HEAD = `i2i: the whole in one process: a page and an API, and a worker behind them.

  npm start             until Ctrl-C; what was not drawn by then is drawn after the next start
  npm start -- --help   this

It needs nothing. What can be set is the gateway's environment and the worker's:
`

const CHECKPOINT = 'A .safetensors file, or a diffusers folder. Unset: the demo, 256 pixels wide.'

/** Each variable once; what both read, as the gateway says it. */
export function help(): string {
  const { SDXL_CHECKPOINT, QWEN_PATH, ...ofWorkers } = workers
  const models = { SDXL_CHECKPOINT: SDXL_CHECKPOINT.describe(CHECKPOINT), QWEN_PATH }
  const all = { ...models, ...gateways, ...ofWorkers, ...gateways }
  const read = Object.entries(all).filter(([name]) => !(name in UNUSED))
  return `${HEAD}\n${helpText(Object.fromEntries(read), DEFAULTS)}\n`
}
