/** One MODIFY at the size through the engine, on a stand-in card of some memory: what it came to. */
import { z } from 'zod'
import { Failure, plan } from '#contract'
import { Engine } from '#worker/engine/engine.ts'
import type { CardFound } from './cards.ts'

const { checkpoint, pixels } = z
  .object({ checkpoint: z.string(), pixels: z.int().positive() })
  .parse(JSON.parse(process.argv[2] ?? ''))

const size = { width: pixels, height: pixels }
const reference = { ...size, data: new Uint8Array(pixels * pixels * 3).fill(128) }
await using engine = new Engine({ checkpoint, device: 'cuda' })
let isRetried = false
let found: CardFound
try {
  const request = { ...plan('modify', { prompt: 'a cat in the snow' }, 1), ...size, reference }
  const onRetry = () => {
    isRetried = true
  }
  const { effective } = await engine.run(request, { onRetry })
  const { vae } = await engine.load()
  found = { drew: true, isRetried, tiled: effective.vae?.tiled ?? false, frugal: vae.tiled }
} catch (error) {
  if (!(error instanceof Failure)) throw error
  found = { drew: false, isRetried, code: error.code, message: error.message }
}
console.log(JSON.stringify(found))
