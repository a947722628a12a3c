/** What is refused of pictures: from what a classifier's scores say they show, and a job's content modes. */
import type { ContentMode } from '#contract'
import type { Scores } from './messages.ts'
import type { ClassifierSettings, PictureSign } from './settings.ts'

export interface Shown {
  /** Over its threshold. */
  readonly certain: ReadonlySet<PictureSign>
  /** Over its floor: what counts where signs come together. */
  readonly likely: ReadonlySet<PictureSign>
}

/** Of all networks together. */
export function signsShown(
  scores: Scores,
  { networks }: Pick<ClassifierSettings, 'networks'>,
): Shown {
  const [certain, likely] = [new Set<PictureSign>(), new Set<PictureSign>()]
  for (const [i, { labels, signs }] of networks.entries()) {
    for (const { label, sign, threshold, floor } of signs) {
      const score = scores[i]?.[labels.indexOf(label)]
      if (score === undefined) throw new Error(`there is no score for ${label}`)
      if (score >= threshold) certain.add(sign)
      if (score >= floor) likely.add(sign)
    }
  }
  return { certain, likely }
}

export interface Modes {
  /** To have asked for nsfw is a sexual sign, granted or not. */
  readonly asked: ContentMode
  readonly effective: ContentMode
}

/** The floor comes first and knows no grant. */
export function judgePicture(
  { certain, likely }: Shown,
  { asked, effective }: Modes,
): 'minor' | 'unwanted' | 'sexual' | undefined {
  const isSexual = likely.has('nsfw') || asked === 'nsfw'
  if (likely.has('minor') && isSexual) return 'minor'
  if (certain.has('refused')) return 'unwanted'
  return certain.has('nsfw') && effective === 'sfw' ? 'sexual' : undefined
}
