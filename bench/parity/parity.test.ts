import { describe, expect, it } from 'vitest'
import { LEAST_PSNR, MOST_RELATIVE_ERROR, ofRepository } from './parity.ts'

describe('our numbers', () => {
  it('are those that diffusers made, in every layout and precision of a checkpoint', async () => {
    const results = await ofRepository()
    const far = results.filter(
      ({ relativeError, psnr = LEAST_PSNR }) =>
        !(relativeError <= MOST_RELATIVE_ERROR && psnr >= LEAST_PSNR),
    )
    expect(far).toEqual([])
    expect(results.length).toBeGreaterThan(370)
  }, 480_000)
})
