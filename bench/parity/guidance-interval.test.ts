import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plan } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { generate } from '#pipeline/generate.ts'
import { guide } from '#pipeline/guidance.ts'
import type { Networks } from '#pipeline/networks.ts'
import { encodePrompts } from '#pipeline/prompt/encode-prompts.ts'
import { conditioning } from '#pipeline/size-conditioning.ts'
import { openNetworks } from '#worker/engine/open-networks.ts'

const SIZE = { width: 64, height: 64 } as const
const asked = { prompt: 'a red fox', negativePrompt: 'blurry', steps: 4 }

// diffusers can end guidance and not begin it, so that no golden has an interval that begins late.
test('guidance that begins within a run is the unguided run up to there, and the guided one on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-interval-'))
  try {
    const checkpoint = await openCheckpoint(await writeCheckpoint(folder, 'tiny-folder'))
    await using networks = await openNetworks(checkpoint, { device: 'cpu', threads: 1, loras: [] })
    const latentsOf = async (given: Networks, guidance: object) => {
      const planned = plan('txt2img', { ...asked, ...guidance }, 7)
      const { images } = await generate(given, { ...planned, ...SIZE })
      return images[0]?.latents
    }
    const late = await latentsOf(networks, { guidanceScale: 5, guidanceInterval: [0.5, 1] })
    const byHand = await latentsOf(await guidedFrom(networks, 2), { guidanceScale: 1 })
    expect(late).toEqual(byHand)
    expect(late).not.toEqual(await latentsOf(networks, { guidanceScale: 5 }))
    expect(late).not.toEqual(await latentsOf(networks, { guidanceScale: 1 }))
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** Networks whose UNet is guided by itself from its evaluation `start` on, which the pipeline knows nothing of. */
async function guidedFrom(networks: Networks, start: number): Promise<Networks> {
  const text = { ...asked, syntax: 'none', zeroEmptyNegative: true, guided: true } as const
  const { negative } = await encodePrompts(networks.textEncoders, text)
  if (!negative) expect.unreachable()
  const away = {
    prompt: negative.hidden,
    conditioning: conditioning(negative.pooled, { ...SIZE, role: 'negative' }, networks.unet),
  }
  let evaluation = 0
  return {
    ...networks,
    async predictNoise(inputs, area) {
      const predicted = await networks.predictNoise(inputs, area)
      if (evaluation++ < start) return predicted
      return guide(await networks.predictNoise({ ...inputs, ...away }, area), predicted, 5)
    },
  }
}
