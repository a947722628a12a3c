/** The spellings of our networks that a GPU is asked about: its own, that with plain convolutions, and the portable one. */
import { cuda } from '#models/graph/cuda.ts'
import type { Lowering } from '#models/graph/lowering.ts'
import { portable } from '#models/graph/portable.ts'
import type { Device } from '#worker/engine/session.ts'
import { type PartReport, rowOf } from './part-report.ts'

/** Best first. */
export const loweringNames = ['cuda', 'cuda, plain convolutions', 'portable'] as const
export type LoweringName = (typeof loweringNames)[number]

/**
 * The provider's own channels-last convolution is an internal contract. Should it be refused, all else of the
 * lowering can still be measured with standard convolutions between transpositions.
 */
const plainConvolutions: Lowering = {
  ...cuda,
  conv2d: (x, weight, bias, options) =>
    cuda.enter(portable.conv2d(cuda.leave(x), weight, bias, options)),
}

export const lowerings: Readonly<Record<LoweringName, Lowering>> = {
  cuda,
  'cuda, plain convolutions': plainConvolutions,
  portable,
}

/**
 * The best one with which the UNet ran, by what part `unet` found; a convolution that computes something else
 * than it should is none. Without such findings: the one that the engine uses.
 */
export function workingLowering(reports: readonly PartReport[], device: Device): LoweringName {
  // The fused operators have no kernel elsewhere.
  if (device !== 'cuda') return 'portable'
  const words = reports.find(({ part }) => part === 'words')?.rows ?? []
  const isConvolutionWrong = words.some(
    ({ what, failed }) => failed !== undefined && /^conv2d.*float16/.test(what),
  )
  const working = loweringNames.filter((name) => rowOf(reports, 'unet', name))
  const trusted = isConvolutionWrong ? working.filter((name) => name !== 'cuda') : working
  return trusted[0] ?? working[0] ?? loweringNames[0]
}
