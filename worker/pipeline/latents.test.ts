import { expect, test } from 'vitest'
import { sdxlVae, type VaeConfig } from '#models/networks/vae.ts'
import { decodePicture, encodeReference, samplePosterior } from './latents.ts'
import type { Networks } from './networks.ts'
import { createGenerator } from './random.ts'

/** Of Playground 2.5. */
const normalised: VaeConfig = {
  ...sdxlVae,
  scalingFactor: 0.5,
  latentsMean: [-1.6574, 1.886, -1.383, 2.5155],
  latentsStd: [8.4927, 5.9022, 6.5498, 5.2299],
}

/** Four means, then four log variances, of two pixels each. */
const moments = [
  [0.5, -1.25, 2, 0, -3, 1, 4, -0.5],
  [0, -2, -40, 30, 1, -30, -1, 0.5],
].flat()

// DiagonalGaussianDistribution(moments).sample(generator of seed 0) of diffusers 0.42.1, then
// (sample − mean) · scaling factor / deviation. The log variances −40 and 30 are cut to −30 and 20.
test.each([
  [
    'SDXL',
    sdxlVae,
    [
      0.265839756, -0.176872537, 0.260499924, 1630.799316406, -0.623646796, 0.130249947,
      0.552864671, 0.075030148,
    ],
  ],
  [
    'Playground 2.5',
    normalised,
    [
      0.217739731, 0.017630054, 0.009657352, 1060.506713867, -0.259937346, 0.181913927, 0.165313125,
      -0.18541969,
    ],
  ],
])('the posterior of %s is drawn and scaled as diffusers does', (_, vae, expected) => {
  const drawn = samplePosterior(networksOf(vae), Float32Array.from(moments), createGenerator(0))
  expected.forEach((value, i) => {
    expect(Math.abs((drawn[i] ?? 0) / value - 1)).toBeLessThan(1e-5)
  })
})

// latents / scaling factor, and latents · deviation / scaling factor + mean, as the pipelines do.
test.each([
  [
    'SDXL',
    sdxlVae,
    [
      2.303262949, -1.535508633, 7.677542686, 3.838771343, -7.677542686, 1.919385672, 0,
      15.355085373,
    ],
  ],
  [
    'Playground 2.5',
    normalised,
    [
      3.438220024, -5.054480076, 13.690400124, 7.788200378, -14.4826002, 1.891899943, 2.515500069,
      23.435100555,
    ],
  ],
])('the VAE of %s is given latents in its own scale', async (_, vae, expected) => {
  const given: number[] = []
  const networks = networksOf(vae, {
    decodeLatents: async (latents) => {
      given.push(...latents)
      return new Float32Array(16 * 8 * 3)
    },
  })
  const latents = Float32Array.of(0.3, -0.2, 1, 0.5, -1, 0.25, 0, 2)
  await decodePicture(networks, latents, { height: 1, width: 2 })
  expected.forEach((value, i) => {
    expect(given[i]).toBeCloseTo(value, 4)
  })
})

test('a picture is rounded as numpy does: halves to even, and cut to bytes', async () => {
  // VaeImageProcessor.postprocess of diffusers 0.42.1 on these.
  const values = [-1.5, -1, 1.5, 1, 0, ...[0.5, 1.5, 2.5, 126.5, 127.5, 253.5, 254.5].map(planeOf)]
  const bytes = [0, 0, 255, 255, 128, 0, 1, 2, 126, 128, 254, 254]
  const planes = new Float32Array(3 * 64)
  values.forEach((value, i) => {
    planes[i] = value
  })
  const networks = networksOf(sdxlVae, { decodeLatents: async () => planes })
  const { width, height, data } = await decodePicture(networks, new Float32Array(4), one)
  expect([width, height]).toEqual([8, 8])
  // The first plane is red.
  expect(bytes.map((_, i) => data[i * 3])).toEqual(bytes)
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  'a picture with %f in it is an error',
  async (bad) => {
    const planes = new Float32Array(3 * 64)
    planes[100] = bad
    const networks = networksOf(sdxlVae, { decodeLatents: async () => planes })
    await expect(decodePicture(networks, new Float32Array(4), one)).rejects.toThrow(
      /^The decoded picture has values that are not finite: the VAE is damaged, .* NAME\.vae\.safetensors/,
    )
    const reference = { width: 8, height: 8, data: new Uint8Array(8 * 8 * 3) }
    const encoding = networksOf(sdxlVae, { encodeImage: async () => planes })
    await expect(encodeReference(encoding, reference)).rejects.toThrow(
      /^The encoded reference has values that are not finite: the VAE is damaged/,
    )
    const latents = Float32Array.of(0, bad, 0, 0)
    await expect(decodePicture(networks, latents, one)).rejects.toThrow(
      /^What was drawn has values that are not finite: the weights of the UNet/,
    )
  },
)

test('a reference reaches the VAE as planes from -1 to 1', async () => {
  const data = new Uint8Array(8 * 8 * 3)
  data.set([0, 1, 100, 128, 254, 255])
  let seen = new Float32Array()
  const networks = networksOf(sdxlVae, {
    encodeImage: async (image, area) => {
      expect(area).toEqual(one)
      seen = Float32Array.from(image)
      return new Float32Array(8)
    },
  })
  await encodeReference(networks, { width: 8, height: 8, data })
  expect(seen).toHaveLength(192)
  // VaeImageProcessor.preprocess: 2 · float32(byte / 255) − 1, for red, green and blue of two pixels.
  const pixels = [0, 1].flatMap((pixel) => [0, 64, 128].map((plane) => seen[plane + pixel]))
  expect(pixels).toEqual([
    -1, -0.9921568632125854, -0.21568626165390015, 0.003921627998352051, 0.9921568632125854, 1,
  ])
})

const one = { height: 1, width: 1 }

/** The value in a plane that lies at `byte` of 255. */
function planeOf(byte: number): number {
  return (2 * byte) / 255 - 1
}

/** Networks of which only the VAE may be asked, and that as a test says. */
function networksOf(vae: VaeConfig, given: Partial<Networks> = {}): Networks {
  const unasked = () => expect.unreachable()
  return {
    vae,
    get unet() {
      return unasked()
    },
    get scheduler() {
      return unasked()
    },
    get textEncoders() {
      return unasked()
    },
    zeroEmptyNegative: true,
    predictNoise: unasked,
    encodeImage: unasked,
    decodeLatents: unasked,
    ...given,
  }
}
