import { expect, test } from 'vitest'
import { sdxlVae } from '#models/networks/vae.ts'
import type { LatentArea } from '#pipeline/networks.ts'
import { createGenerator } from '#pipeline/random.ts'
import { networkOpener } from './network-opener.ts'
import { decodeShortOfMemory } from './short-of-memory.case.ts'
import { tinyCheckpoints } from './tiny-engine.case.ts'
import { tinyVae } from './tiny-vae.case.ts'
import { type VaeSessions, vaeSessions } from './vae-sessions.ts'
import { vaeTiles } from './vae-tiles.ts'

const checkpoint = tinyCheckpoints()

/** What ONNX Runtime says. */
const NO_MEMORY = 'Failed to allocate memory for requested buffer of size 134217728'

/** Sessions on a device that has memory for so many latents at once, and what they were asked. */
function sessionsFor(most: number, complaint = NO_MEMORY) {
  const events: string[] = []
  const run = async (what: string, { height, width }: LatentArea, values: number) => {
    events.push(`${what} ${height}x${width}`)
    if (height * width > most) throw new Error(complaint)
    return new Float32Array(values * height * width)
  }
  const sessions: VaeSessions = {
    precision: 'float32',
    prepare: async () => {},
    close: async () => void events.push('close'),
    encodeImage: (_, area) => run('encode', area, 8),
    decodeLatents: (_, area) => run('decode', area, 3 * 64),
  }
  return { sessions, events }
}

const square = (side: number) => ({ height: side, width: side })
const latentsOf = ({ height, width }: LatentArea) => new Float32Array(4 * height * width)
const imageOf = ({ height, width }: LatentArea) => new Float32Array(3 * 64 * height * width)

test('a picture that memory ran out on is done in tiles, and so are those of its size and above', async () => {
  const { sessions, events } = sessionsFor(100)
  const tiles = vaeTiles(sdxlVae, { side: 8, always: false })
  const { decodeLatents } = tiles.around(sessions)
  const asked = async (area: LatentArea) => {
    const image = await decodeLatents(latentsOf(area), area)
    expect(image).toHaveLength(3 * 64 * area.height * area.width)
    return events.splice(0)
  }
  expect(tiles.serves(square(12))).toBe(false)
  const four = Array(4).fill('decode 8x8')
  expect(await asked(square(12))).toEqual(['decode 12x12', 'close', ...four])
  expect([square(12), square(14), square(11)].map(tiles.serves)).toEqual([true, true, false])
  expect(await asked(square(12))).toEqual(four)
  expect(await asked(square(14))).toEqual(four)
  expect(await asked({ height: 5, width: 40 })).toEqual(Array(7).fill('decode 5x8'))
  expect(await asked(square(10))).toEqual(['decode 10x10'])
})

test('encoding stays whole where only decoding found no memory', async () => {
  const { sessions, events } = sessionsFor(100)
  const vae = vaeTiles(sdxlVae, { side: 8, always: false }).around(sessions)
  await vae.decodeLatents(latentsOf(square(11)), square(11))
  events.length = 0
  await vae.encodeImage(imageOf(square(10)), square(10))
  expect(events).toEqual(['encode 10x10'])
})

test('a frugal VAE never tries a picture whole that takes more than a tile', async () => {
  const { sessions, events } = sessionsFor(Number.POSITIVE_INFINITY)
  const tiles = vaeTiles(sdxlVae, { side: 8, always: true })
  await tiles.around(sessions).encodeImage(imageOf(square(9)), square(9))
  await tiles.around(sessions).encodeImage(imageOf(square(8)), square(8))
  expect(events).toEqual([...Array(4).fill('encode 8x8'), 'encode 8x8'])
  expect([tiles.serves(square(9)), tiles.serves(square(8))]).toEqual([true, false])
})

test('no memory for a tile, and any other error, is told as it is', async () => {
  const none = sessionsFor(10)
  const vae = vaeTiles(sdxlVae, { side: 8, always: false }).around(none.sessions)
  await expect(vae.decodeLatents(latentsOf(square(12)), square(12))).rejects.toThrow(NO_MEMORY)
  expect(none.events).toEqual(['decode 12x12', 'close', 'decode 8x8'])
  none.events.length = 0
  await expect(vae.encodeImage(imageOf(square(8)), square(8))).rejects.toThrow(NO_MEMORY)
  expect(none.events).toEqual(['encode 8x8'])

  const broken = sessionsFor(10, 'Got invalid dimensions for input: latents')
  const other = vaeTiles(sdxlVae, { side: 8, always: false }).around(broken.sessions)
  await expect(other.decodeLatents(latentsOf(square(12)), square(12))).rejects.toThrow('invalid')
  expect(broken.events).toEqual(['decode 12x12'])
})

test('a process that has no memory for a whole picture makes it in tiles', async () => {
  const path = await checkpoint()
  const area = square(64)
  const latents = createGenerator(6).normal(4 * 64 * 64)
  // A value of the decoder has 32 MiB at 512 pixels, and 2 in a tile; it needs about four at once.
  const task = { checkpoint: path, latents, area, tileSide: 16, more: 64 * 2 ** 20 }
  const { image, use } = await decodeShortOfMemory(task)
  expect(use).toEqual({ precision: 'float32', tiled: true })

  await using opener = networkOpener({ device: 'cpu', threads: 1 }, [])
  const sessions = vaeSessions(opener, await tinyVae(path), 'float32')
  const { decodeLatents } = vaeTiles(sdxlVae, { side: 16, always: true }).around(sessions)
  const expected = await decodeLatents(latents, area)
  const furthest = image.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i]!)), 0)
  expect([image.length, furthest < 1e-5]).toEqual([expected.length, true])
})
