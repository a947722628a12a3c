/** The parts of bench `gpu`, cheap and decisive first, and what each may cost. */

export interface Part {
  readonly name: string
  /** The steps that it takes; its own name by default. */
  readonly steps?: string
  /** What it should take on a large GPU: kept for it as long as parts before it run. */
  readonly expectedSeconds: number
  /** What it may take where time is left. */
  readonly mostSeconds: number
  /** Of one step; by default the whole part's. */
  readonly stepSeconds?: number
  readonly needsCheckpoint: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Run by Python, with the stages that it is to time. */
  readonly peer?: 'eager' | 'compiled'
}

export const parts: readonly Part[] = [
  { name: 'machine', expectedSeconds: 8, mostSeconds: 40, stepSeconds: 20, needsCheckpoint: false },
  { name: 'words', expectedSeconds: 30, mostSeconds: 100, stepSeconds: 30, needsCheckpoint: false },
  { name: 'unet', expectedSeconds: 60, mostSeconds: 150, stepSeconds: 70, needsCheckpoint: true },
  { name: 'pictures', expectedSeconds: 50, mostSeconds: 100, needsCheckpoint: true },
  { name: 'vae', expectedSeconds: 25, mostSeconds: 60, stepSeconds: 25, needsCheckpoint: true },
  {
    name: 'peer',
    expectedSeconds: 60,
    mostSeconds: 110,
    stepSeconds: 60,
    needsCheckpoint: false,
    peer: 'eager',
  },
  {
    name: 'profile',
    expectedSeconds: 40,
    mostSeconds: 80,
    stepSeconds: 45,
    needsCheckpoint: true,
    environment: { CUDA_LAUNCH_BLOCKING: '1', ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO: '1' },
  },
  {
    name: 'exactness',
    expectedSeconds: 60,
    mostSeconds: 110,
    stepSeconds: 80,
    needsCheckpoint: true,
    // The reference in true float32.
    environment: { NVIDIA_TF32_OVERRIDE: '0' },
  },
  { name: 'shapes', expectedSeconds: 90, mostSeconds: 150, stepSeconds: 60, needsCheckpoint: true },
  {
    name: 'enhance',
    expectedSeconds: 25,
    mostSeconds: 200,
    stepSeconds: 120,
    needsCheckpoint: false,
  },
  {
    name: 'peer compiled',
    expectedSeconds: 80,
    mostSeconds: 300,
    stepSeconds: 180,
    needsCheckpoint: false,
    peer: 'compiled',
  },
  ...['0', '1'].map((value) => ({
    name: `attention ${value}`,
    steps: 'attention',
    expectedSeconds: 15,
    mostSeconds: 40,
    needsCheckpoint: true,
    environment: { ORT_ENABLE_CUDNN_FLASH_ATTENTION: value },
  })),
]

/** How long a part may take: what later ones are expected to need is theirs, as far as there is any choice. */
export function secondsFor(
  { expectedSeconds, mostSeconds }: Part,
  { left, later }: { readonly left: number; readonly later: readonly Part[] },
): number {
  const kept = later.reduce((sum, part) => sum + part.expectedSeconds, 0)
  return Math.min(left, mostSeconds, Math.max(expectedSeconds, left - kept))
}
