/**
 * How noisy each training timestep is, and which of them a run visits: what every scheduler stands
 * on.
 */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { fusedMultiplyAdd } from './fused-multiply-add.ts'

const f32 = Math.fround

/** What diffusers puts in place of a terminal alpha of 0, so that its sigma is finite (4096). */
const SMALLEST_ALPHA = 2 ** -24

export interface NoiseSchedule {
  /**
   * Cumulative product of 1 − beta, [trainSteps], falling; the last is 0 where the terminal SNR is
   * zero.
   */
  readonly alphas: Float32Array
  /** √((1 − alpha) / alpha), [trainSteps], rising, always finite. */
  readonly sigmas: Float32Array
}

/** A run asks several times, and an engine has one config. */
const known = new WeakMap<SchedulerConfig, NoiseSchedule>()

/** Rounds to float32 where diffusers does: sigma at timestep 0 is 1.3e-5 off in doubles. */
export function createNoiseSchedule(config: SchedulerConfig): NoiseSchedule {
  const schedule = known.get(config) ?? computed(config)
  known.set(config, schedule)
  return schedule
}

function computed(config: SchedulerConfig): NoiseSchedule {
  const trained = trainedBetas(config)
  const betas = config.rescaleBetasZeroSnr ? rescaleToZeroTerminalSnr(trained) : trained
  const alphas = cumulativeProduct(betas)
  const sigmas = alphas.map((alpha) => {
    const kept = alpha === 0 ? SMALLEST_ALPHA : alpha
    return Math.sqrt(f32(f32(1 - kept) / kept))
  })
  return { alphas, sigmas }
}

/**
 * `steps` training timesteps, falling; fractional with `linspace`. Table 2 of
 * https://arxiv.org/abs/2305.08891.
 *
 * With `trailing`, diffusers yields one timestep too many, −1, for some counts (61, 103, 121, 122
 * below 150), from rounding inside numpy's arange; this yields `steps`.
 */
export function spaceTimesteps(steps: number, config: SchedulerConfig): number[] {
  const { spacing, stepsOffset, trainSteps } = config
  switch (spacing) {
    case 'leading': {
      const ratio = Math.floor(trainSteps / steps)
      return Array.from({ length: steps }, (_, i) => (steps - 1 - i) * ratio + stepsOffset)
    }
    case 'linspace': {
      const last = trainSteps - 1
      const gap = last / (steps - 1)
      const rising = Array.from({ length: steps }, (_, i) => (i === 0 ? 0 : i * gap))
      if (steps > 1) rising[steps - 1] = last
      return rising.reverse()
    }
    case 'trailing': {
      // numpy adds multiples of the difference of the first two elements, which decides the ties
      // below.
      const gap = trainSteps - trainSteps / steps - trainSteps
      return Array.from({ length: steps }, (_, i) => roundHalfEven(trainSteps + i * gap) - 1)
    }
  }
}

/** As numpy and Python round. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  if (x - floor !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Sigma at a timestep that may be fractional, linear between its neighbours. */
export function sigmaAt(timestep: number, sigmas: Float32Array): number {
  const low = Math.min(Math.floor(timestep), sigmas.length - 1)
  const high = Math.min(low + 1, sigmas.length - 1)
  return f32((sigmas[high]! - sigmas[low]!) * (timestep - low) + sigmas[low]!)
}

function trainedBetas({ betaStart, betaEnd, betaSchedule, trainSteps }: SchedulerConfig) {
  if (betaSchedule === 'linear') return linspace(betaStart, betaEnd, trainSteps)
  return linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), trainSteps).map((root) => root * root)
}

/** torch.linspace in float32: counted from the nearer end, each entry with a single rounding. */
function linspace(from: number, to: number, count: number): Float32Array {
  const start = f32(from)
  const end = f32(to)
  const gap = f32(f32(end - start) / (count - 1))
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? fusedMultiplyAdd(gap, i, start) : fusedMultiplyAdd(-gap, count - 1 - i, end),
  )
}

/** torch.cumprod of 1 − beta accumulates in double and stores float32. */
function cumulativeProduct(betas: Float32Array): Float32Array {
  let product = 1
  return betas.map((beta) => {
    product *= f32(1 - beta)
    return product
  })
}

/**
 * Shifts and scales √alpha so that the last is 0 and the first stays. Algorithm 1 of
 * https://arxiv.org/abs/2305.08891.
 */
function rescaleToZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumulativeProduct(betas).map(Math.sqrt)
  const first = roots[0]!
  const last = roots[roots.length - 1]!
  const scale = f32(first / f32(first - last))
  const alphas = roots.map((root) => f32(f32(root - last) * scale) ** 2)
  return alphas.map((alpha, i) => f32(1 - (i === 0 ? alpha : f32(alpha / alphas[i - 1]!))))
}
