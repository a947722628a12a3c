import { expect, test } from 'vitest'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { generate } from '#pipeline/generate.ts'
import { openNetworks } from './open-networks.ts'
import { tinyCheckpoints } from './tiny-engine.case.ts'
import { warmUpRequest } from './warm-up.ts'

const checkpoint = tinyCheckpoints()

test('a warm-up is of the network’s own size unless another is given, and runs every network', async () => {
  const opened: string[] = []
  const options = { device: 'cpu', threads: 1, weights: 'prepared', frugal: true } as const
  await using networks = await openNetworks(await openCheckpoint(await checkpoint()), {
    ...options,
    onOpen: (name) => opened.push(name),
  })
  expect(warmUpRequest(networks)).toMatchObject({ width: 128, height: 128, evaluations: 1 })
  const request = warmUpRequest(networks, { width: 128, height: 64 })
  expect(request).toMatchObject({ width: 128, height: 64 })
  expect(opened).toEqual(['textEncoder', 'textEncoder2'])
  const { images, effective } = await generate(networks, request)
  expect(images[0]?.image).toMatchObject({ width: 128, height: 64 })
  // Tiles, as a picture of that size will have them, each of one size: one session for each half.
  expect(effective.vae?.tiled).toBe(true)
  expect(opened.slice(2)).toEqual(['vaeEncoder', 'unet', 'vaeDecoder'])
})
