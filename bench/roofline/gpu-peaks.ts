/** What each card can do at most, as its maker publishes it: tensor cores without sparsity, and memory. */
import type { Peak } from './peak.ts'

export interface GpuPeak extends Peak {
  /**
   * The least that is claimed of its half precision, where sources disagree: what a projection to it may count
   * on. Floors take the most.
   */
  readonly doubtedHalfTflops?: number
}

interface Row {
  readonly card: string
  /** Of what the driver calls it. */
  readonly pattern: RegExp
  readonly half: number
  /** TF32, which ONNX Runtime's CUDA provider uses for float32 unless told otherwise. */
  readonly single: number
  /** Terabytes a second. */
  readonly memory: number
  readonly doubtedHalf?: number
}

// Half precision accumulates in float32, as cuBLAS and cuDNN do by default.
const rows: readonly Row[] = [
  // NVIDIA H200 data sheet: 1,979 and 989 TFLOPS with sparsity, 4.8 TB/s.
  { card: 'H200', pattern: /\bH200\b/, half: 989, single: 495, memory: 4.8 },
  // NVIDIA H100 data sheet. Of the 989, 790 have been seen in a bare matrix product (stas00/ml-engineering, MAMF).
  { card: 'H100 PCIe', pattern: /\bH100 PCIe/i, half: 756, single: 378, memory: 2 },
  { card: 'H100 SXM', pattern: /\bH100\b(?!.*NVL)/, half: 989, single: 495, memory: 3.35 },
  // NVIDIA A100 data sheet; 40 and 80 GB differ in memory alone.
  { card: 'A100 PCIe 80 GB', pattern: /\bA100 80GB PCIe/i, half: 312, single: 156, memory: 1.935 },
  { card: 'A100 SXM 80 GB', pattern: /\bA100-SXM4-80GB/, half: 312, single: 156, memory: 2.039 },
  { card: 'A100 40 GB', pattern: /\bA100\b/, half: 312, single: 156, memory: 1.555 },
  // NVIDIA L40S data sheet: 362 dense; its sister L40's has half of that for the same chip.
  { card: 'L40S', pattern: /\bL40S\b/, half: 362, single: 183, memory: 0.864, doubtedHalf: 181 },
  // Ada and Ampere white papers: GeForce halves its tensor rate where it accumulates in float32.
  { card: 'RTX 4090', pattern: /\bRTX 4090\b(?! D)/, half: 165, single: 82.6, memory: 1.008 },
  { card: 'RTX 3090', pattern: /\bRTX 3090\b(?! Ti)/, half: 71, single: 35.6, memory: 0.936 },
  // RTX 6000 Ada data sheet: 1,457 TFLOPS in FP8 with sparsity, so 364; a purchaser was told 182.
  {
    card: 'RTX 6000 Ada',
    pattern: /\bRTX 6000 Ada/,
    half: 364,
    single: 182,
    memory: 0.96,
    doubtedHalf: 182,
  },
]

export const gpuPeaks: readonly GpuPeak[] = rows.map(peakOf)

/** By what the driver calls a card; undefined for one that is not in the table. */
export function listedPeak(driverName: string): GpuPeak | undefined {
  const row = rows.find(({ pattern }) => pattern.test(driverName))
  return row && peakOf(row)
}

function peakOf({ card, half, single, memory, doubtedHalf }: Row): GpuPeak {
  return {
    name: card,
    source: 'published',
    tflops: { float16: half, float32: single },
    gbPerSecond: memory * 1000,
    ...(doubtedHalf && { doubtedHalfTflops: doubtedHalf }),
  }
}
