/** Work that is timed, and the peak of the device that it ran on. */
import type { Device } from '#worker/engine/session.ts'
import { gpu } from '../measure/gpu.ts'
import { measureCpuPeak } from './cpu-peak.ts'
import { listedPeak } from './gpu-peaks.ts'
import type { Peak } from './peak.ts'

/**
 * A processor's peak is measured before the work and after it, and the better of each number counts: whatever else ran
 * on the machine can only have lessened it. A GPU's is from the table; undefined for a card that is not in it.
 */
export async function besidePeak<Found>(
  device: Device,
  work: () => Promise<Found>,
): Promise<{ readonly found: Found; readonly peak: Peak | undefined }> {
  if (device !== 'cpu') {
    const card = gpu()
    return { found: await work(), peak: card && listedPeak(card.name) }
  }
  const before = await measureCpuPeak()
  const found = await work()
  return { found, peak: better(before, await measureCpuPeak()) }
}

export const better = (a: Peak, b: Peak): Peak => ({
  ...a,
  tflops: {
    float32: Math.max(a.tflops.float32, b.tflops.float32),
    float16: Math.max(a.tflops.float16, b.tflops.float16),
  },
  gbPerSecond: Math.max(a.gbPerSecond, b.gbPerSecond),
})
