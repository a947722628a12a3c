import { expect, onTestFinished, test } from 'vitest'
import { createGenerator } from '#pipeline/random.ts'
import { type DeviceVaeOptions, openVae } from './device-vae.ts'
import { tinyCheckpoints } from './tiny-engine.case.ts'
import { COARSE, OVERFLOWING, type Scaling, tinyVae, watchedOpener } from './tiny-vae.case.ts'

const checkpoint = tinyCheckpoints()
const area = { height: 8, width: 8 }
const latents = createGenerator(3).normal(4 * 8 * 8)

async function opened(
  precision: DeviceVaeOptions['precision'],
  { scaling, halfSafe, always = false }: Given = {},
) {
  const part = await tinyVae(await checkpoint(), scaling)
  const { opener, events } = watchedOpener()
  onTestFinished(() => opener[Symbol.asyncDispose]())
  const config = { ...part.config, ...(halfSafe !== undefined && { halfSafe }) }
  const tiling = { side: 8, always }
  return { vae: await openVae(opener, { ...part, config }, { precision, tiling }), events }
}

interface Given {
  readonly scaling?: Scaling
  readonly halfSafe?: boolean
  readonly always?: boolean
}

/** The probe's own, in this order. */
const probed = (precision: string) => [`${precision} vaeEncoder 8x8`, `${precision} vaeDecoder 8x8`]
const closed = (precision: string) => [
  `close ${precision} vaeEncoder`,
  `close ${precision} vaeDecoder`,
]

test('a VAE that half serves as well computes in half, and the other sessions are closed', async () => {
  const { vae, events } = await opened('probe')
  const { note = '', ...use } = vae.use(area)
  expect(use).toEqual({ precision: 'float16', tiled: false })
  expect(Number(/is ([\d.]+) dB/.exec(note)?.[1])).toBeGreaterThan(50)
  expect(events).toEqual([...probed('float16'), ...probed('float32'), ...closed('float32')])
})

test('a VAE that overflows in half computes in single, and half is closed before it opens', async () => {
  const { vae, events } = await opened('probe', { scaling: OVERFLOWING })
  const note = 'These weights overflow in float16.'
  expect(vae.use(area)).toEqual({ precision: 'float32', tiled: false, note })
  expect(events).toEqual([...probed('float16'), ...closed('float16')])
  expect((await vae.decodeLatents(latents, area)).every(Number.isFinite)).toBe(true)
})

test('a VAE that half only blurs computes in single', async () => {
  const { vae, events } = await opened('probe', { scaling: COARSE })
  const { precision, note } = vae.use(area)
  expect(precision).toBe('float32')
  expect(note).toMatch(/^A picture in float16 is 3\d\.\d dB from the same in float32\.$/)
  expect(events.slice(4)).toEqual(closed('float16'))
})

test('a config that says that half is safe is believed once a picture stayed finite', async () => {
  const { vae, events } = await opened('probe', { halfSafe: true })
  expect(vae.use(area)).toEqual({ precision: 'float16', tiled: false })
  expect(events).toEqual(probed('float16'))
  const liar = await opened('probe', { halfSafe: true, scaling: OVERFLOWING })
  expect(liar.vae.use(area).precision).toBe('float32')
})

test('a picture that overflows in half is made again in single, and so are all after it', async () => {
  const { vae, events } = await opened('float16', { scaling: OVERFLOWING })
  const moments = await vae.encodeImage(new Float32Array(3 * 64 * 64), area)
  expect(moments.every(Number.isFinite)).toBe(true)
  expect(vae.use(area)).toEqual({ precision: 'float16', tiled: false })

  const image = await vae.decodeLatents(latents, area)
  const single = await opened('float32', { scaling: OVERFLOWING })
  const expected = await single.vae.decodeLatents(latents, area)
  expect(expected.every((value, i) => value === image[i])).toBe(true)
  const note = 'A picture overflowed in float16.'
  expect(vae.use(area)).toEqual({ precision: 'float32', tiled: false, note })
  await vae.encodeImage(new Float32Array(3 * 64 * 64), area)
  expect(events).toEqual([
    ...probed('float16'),
    ...closed('float16'),
    'float32 vaeDecoder 8x8',
    'float32 vaeEncoder 8x8',
  ])
})

test('one tile that overflows has the whole picture made again', async () => {
  const { vae, events } = await opened('float16', { scaling: OVERFLOWING, always: true })
  const wide = { height: 8, width: 14 }
  const image = await vae.decodeLatents(createGenerator(4).normal(4 * 8 * 14), wide)
  expect(image.every(Number.isFinite)).toBe(true)
  expect(vae.use(wide)).toMatchObject({ precision: 'float32', tiled: true })
  expect(vae.use(area).tiled).toBe(false)
  expect(events).toEqual([
    ...Array(2).fill('float16 vaeDecoder 8x8'),
    ...closed('float16'),
    ...Array(2).fill('float32 vaeDecoder 8x8'),
  ])
})

test('latents that are broken already are not held against half', async () => {
  const { vae, events } = await opened('float16')
  const broken = latents.map((value, i) => (i === 7 ? Number.NaN : value))
  expect((await vae.decodeLatents(broken, area)).every(Number.isFinite)).toBe(false)
  expect(vae.use(area).precision).toBe('float16')
  expect(events).toEqual(['float16 vaeDecoder 8x8'])
})
