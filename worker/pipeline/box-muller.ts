/**
 * Box-Muller over blocks of 16, with the very polynomials of torch's AVX2 kernel, so that normals
 * are equal bit for bit (ATen/native/cpu/avx_mathfun.h, after Cephes; the compiler contracts `a × b
 * + c` to one rounding).
 */
import { fusedMultiplyAdd as fma } from './fused-multiply-add.ts'

export const BLOCK = 16

const f32 = Math.fround
const TWO_PI = f32(2 * Math.PI)

/**
 * Turns the 16 uniforms in [0, 1) at `offset` into normals, in place: cosines first, then sines.
 */
export function boxMuller(data: Float32Array, offset: number): void {
  for (let i = offset; i < offset + BLOCK / 2; i++) {
    const radius = f32(Math.sqrt(f32(-2 * log(f32(1 - data[i]!)))))
    const angle = f32(TWO_PI * data[i + BLOCK / 2]!)

    // Cody and Waite: the angle less the nearest even multiple of pi/4, pi/4 in three parts.
    const octant = (Math.trunc(f32(angle * FOUR_OVER_PI)) + 1) & ~1
    let x = fma(octant, -0.78515625, angle)
    x = fma(octant, QUARTER_PI_MIDDLE, x)
    x = fma(octant, QUARTER_PI_LOW, x)
    const z = f32(x * x)

    const swapped = (octant & 2) !== 0
    const cosine = swapped ? sinePolynomial(x, z) : cosinePolynomial(z)
    const sine = swapped ? cosinePolynomial(z) : sinePolynomial(x, z)
    data[i] = f32(radius * (~(octant - 2) & 4 ? -cosine : cosine))
    data[i + BLOCK / 2] = f32(radius * (octant & 4 ? -sine : sine))
  }
}

const FOUR_OVER_PI = f32(1.27323954473516)
const QUARTER_PI_MIDDLE = f32(-2.4187564849853516e-4)
const QUARTER_PI_LOW = f32(-3.774894977445941e-8)

const C0 = f32(2.443315711809948e-5)
const C1 = f32(-1.388731625493765e-3)
const C2 = f32(4.166664568298827e-2)

/** cos x for |x| ≤ pi/4, `z` = x². */
function cosinePolynomial(z: number): number {
  let y = fma(C0, z, C1)
  y = f32(fma(y, z, C2) * z)
  y = fma(y, z, -f32(z * 0.5))
  return f32(y + 1)
}

const S0 = f32(-1.9515295891e-4)
const S1 = f32(8.3321608736e-3)
const S2 = f32(-1.6666654611e-1)

/** sin x for |x| ≤ pi/4, `z` = x². */
function sinePolynomial(x: number, z: number): number {
  const y = fma(S0, z, S1)
  return fma(f32(fma(y, z, S2) * z), x, x)
}

const SQRT_HALF = f32(Math.SQRT1_2)
const LN2_HIGH = 0.693359375
const LN2_LOW = f32(-2.1219444e-4)
const L0 = f32(7.0376836292e-2)
const L1 = f32(-1.151461031e-1)
const L2 = f32(1.167699874e-1)
const L3 = f32(-1.2420140846e-1)
const L4 = f32(1.4249322787e-1)
const L5 = f32(-1.6668057665e-1)
const L6 = f32(2.0000714765e-1)
const L7 = f32(-2.4999993993e-1)
const L8 = f32(3.3333331174e-1)

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** ln x for a normal float32 in (0, 1]. */
function log(x: number): number {
  float[0] = x
  let exponent = (bits[0]! >>> 23) - 126
  bits[0] = (bits[0]! & 0x007fffff) | 0x3f000000
  let m = float[0]
  if (m < SQRT_HALF) {
    exponent -= 1
    m = f32(f32(m - 1) + m)
  } else {
    m = f32(m - 1)
  }
  const z = f32(m * m)
  let y = fma(L0, m, L1)
  y = fma(y, m, L2)
  y = fma(y, m, L3)
  y = fma(y, m, L4)
  y = fma(y, m, L5)
  y = fma(y, m, L6)
  y = fma(y, m, L7)
  y = fma(y, m, L8)
  y = f32(y * m)
  y = fma(y, z, f32(exponent * LN2_LOW))
  y = fma(-z, 0.5, y)
  return fma(exponent, LN2_HIGH, f32(m + y))
}
