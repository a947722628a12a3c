/** The apps of fal.ai that are asked for pictures, and what each of them takes. */
import { Failure, type Mode } from '#contract'
import type { SizeLimits } from '../instructed.ts'

export interface Range {
  readonly least: number
  readonly most: number
}

/** SDXL, from text or from a share of a reference. */
export interface DenoisingApp {
  readonly kind: 'denoising'
  /** Requests are submitted to it; they are asked after at its first two segments. */
  readonly name: string
  /** Of what it changes of a reference; undefined where it takes none. */
  readonly strength: Range | undefined
  readonly steps: Range
  readonly guidance: Range
  readonly images: Range
  /** Pixels: it brings sides to the nearest multiple. */
  readonly multiple: number
}

/** Seedream, which changes pictures as it is told and knows neither strength nor steps. */
export interface InstructedApp {
  readonly kind: 'instructions'
  readonly name: string
  readonly sizes: SizeLimits
  /** Its word for a size that follows the reference. */
  readonly ownSize: string
  readonly images: Range
  readonly references: Range
  /** References and pictures together. */
  readonly mostPictures: number
  readonly tellsSeed: boolean
}

export type FalApp = DenoisingApp | InstructedApp

const fastSdxl: DenoisingApp = {
  kind: 'denoising',
  name: 'fal-ai/fast-sdxl',
  strength: undefined,
  steps: { least: 1, most: 65 },
  guidance: { least: 0, most: 20 },
  images: { least: 1, most: 8 },
  multiple: 8,
}

const fastSdxlFromImage: DenoisingApp = {
  ...fastSdxl,
  name: 'fal-ai/fast-sdxl/image-to-image',
  strength: { least: 0.05, most: 1 },
  multiple: 32,
}

const seedream4Edit: InstructedApp = {
  kind: 'instructions',
  name: 'fal-ai/bytedance/seedream/v4/edit',
  sizes: { leastSide: 64, mostSide: 4096, leastArea: 921_600 },
  ownSize: 'auto',
  images: { least: 1, most: 6 },
  references: { least: 1, most: 10 },
  mostPictures: 15,
  tellsSeed: true,
}

const seedream45Edit: InstructedApp = {
  ...seedream4Edit,
  name: 'fal-ai/bytedance/seedream/v4.5/edit',
  sizes: { leastSide: 1024, mostSide: 4096, leastArea: 2560 * 1440 },
  ownSize: 'auto_2K',
  tellsSeed: false,
}

const modifying: readonly FalApp[] = [fastSdxlFromImage, seedream4Edit, seedream45Edit]

/** That MODIFY goes to first, unless configured otherwise. */
export const DEFAULT_MODIFY_APP = fastSdxlFromImage.name

/** Throws `configuration-invalid` for an app that changes no pictures, as far as is known here. */
export function readModifyApp(name: string): FalApp {
  const app = modifying.find((one) => one.name === name)
  if (app) return app
  const known = modifying.map((one) => one.name).join(', ')
  const message = `FAL_MODIFY_APP is ${JSON.stringify(name)}. It must be one of ${known}.`
  throw new Failure('configuration-invalid', message)
}

/** In the order in which they are tried. */
export function appsFor(mode: Mode, modifyApp: FalApp): readonly FalApp[] {
  if (mode === 'txt2img') return [fastSdxl]
  if (mode === 'copy' || modifyApp === fastSdxlFromImage) return [fastSdxlFromImage]
  return [modifyApp, fastSdxlFromImage]
}

/** All that jobs may go to; the one that is configured last. */
export const appsOf = (modifyApp: FalApp): readonly FalApp[] => [
  fastSdxl,
  fastSdxlFromImage,
  modifyApp,
]

/** Under which requests to an app are asked after: its first two segments. */
export const ownerAndApp = (name: string): string => name.split('/').slice(0, 2).join('/')

/** All that requests may be under. */
export const ownersAndApps: readonly string[] = [
  ...new Set([fastSdxl, ...modifying].map(({ name }) => ownerAndApp(name))),
]
