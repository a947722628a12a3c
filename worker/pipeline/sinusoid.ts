/** Numbers as waves, which is how the UNet is told timestep, sizes and guidance scale. */

/**
 * The sinusoidal embedding of one number, [width]: cosines first, then sines, frequencies from 1 down
 * to 1/10000 (Vaswani et al. 2017, as diffusers' `Timesteps` with flip_sin_to_cos and freq_shift 0).
 */
export function sinusoid(value: number, width: number): Float32Array {
  const half = width >> 1
  const embedding = new Float32Array(width)
  for (let i = 0; i < half; i++) {
    // float32 all the way, as torch has it.
    const exponent = Math.fround(Math.fround(-Math.log(10_000) * i) / half)
    const angle = Math.fround(Math.fround(value) * Math.fround(Math.exp(exponent)))
    embedding[i] = Math.cos(angle)
    embedding[half + i] = Math.sin(angle)
  }
  return embedding
}

/**
 * The guidance scale as distilled LCM networks take it, [width]: sines first, and frequencies that
 * reach 1/10000 (diffusers' `get_guidance_scale_embedding`).
 */
export function guidanceEmbedding(guidanceScale: number, width: number): Float32Array {
  const half = width >> 1
  const weight = Math.fround((guidanceScale - 1) * 1000)
  const embedding = new Float32Array(width)
  for (let i = 0; i < half; i++) {
    const exponent = Math.fround(i * Math.fround(-Math.log(10_000) / (half - 1)))
    const angle = Math.fround(weight * Math.fround(Math.exp(exponent)))
    embedding[i] = Math.sin(angle)
    embedding[half + i] = Math.cos(angle)
  }
  return embedding
}
