/** Where it is decided which pictures are not drawn from, and which are not given out: asked of each by whoever has it. */
import { type ContentMode, Failure, type Job, type RgbImage } from '#contract'
import { Refusal, type RuleClass } from '../refusal.ts'
import { effectiveMode, type ScreenOptions } from '../screen.ts'
import type { ImageClassifier } from './image-classifier.ts'
import { judgePicture, signsShown } from './judge-picture.ts'

export type PictureStage = 'reference' | 'made'

export interface PictureAsked {
  readonly job: Pick<Job, 'source' | 'contentMode'>
  readonly stage: PictureStage
  /** Of the bytes that it came in, where it is one that somebody brought. */
  readonly sha256?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PictureScreen {
  /** Whether anything is looked at here. */
  readonly hasClassifier: boolean
  /** Whether what is made of the job must be looked at, so that nobody may see anything of it before. */
  readonly isRequired: (job: PictureAsked['job']) => boolean
  /**
   * The failure that the job ends with; undefined where nothing stands against any of them. It is `cancelled` once the
   * signal is aborted, and `policy-check-failed` where a picture that must be looked at cannot be.
   */
  readonly screen: (
    pictures: readonly RgbImage[],
    asked: PictureAsked,
  ) => Promise<Failure | undefined>
}

export interface PictureScreenOptions extends Pick<ScreenOptions, 'granted' | 'grantedForeign'> {
  /** Undefined: what must be looked at is refused, and nothing else is looked at. */
  readonly classifier: Pick<ImageClassifier, 'classify' | 'settings'> | undefined
  /** The most that whoever draws can draw. */
  readonly content: ContentMode
}

/** Where a classifier stands, every picture is looked at, required or not. */
export function createPictureScreen(options: PictureScreenOptions): PictureScreen {
  const { classifier, content } = options
  const isRequired: PictureScreen['isRequired'] = (job) =>
    content === 'nsfw' || effectiveMode(job, options) === 'nsfw'
  return {
    hasClassifier: classifier !== undefined,
    isRequired,
    async screen(pictures, { job, stage, sha256, signal }) {
      if (!classifier) {
        return stage === 'made' && isRequired(job) ? new Refusal('check-failed', NONE) : undefined
      }
      const { settings } = classifier
      const about = {
        rulesVersion: settings.version,
        ...(sha256 !== undefined && { picture: sha256 }),
      }
      const modes = { asked: job.contentMode, effective: effectiveMode(job, options) }
      try {
        for (const picture of pictures) {
          const shown = signsShown(await classifier.classify(picture, signal), settings)
          const verdict = judgePicture(shown, modes)
          if (verdict) return new Refusal(rules[stage][verdict], about)
        }
        return undefined
      } catch (cause) {
        if (cause instanceof Failure && cause.code === 'cancelled') return cause
        return new Refusal('check-failed', { ...about, cause })
      }
    },
  }
}

const NONE = { cause: new Error('no image classifier is configured') }

type Verdict = NonNullable<ReturnType<typeof judgePicture>>

const rules: Readonly<Record<PictureStage, Readonly<Record<Verdict, RuleClass>>>> = {
  reference: {
    minor: 'reference-minor',
    unwanted: 'reference-unwanted',
    sexual: 'reference-sexual',
  },
  made: { minor: 'made-minor', unwanted: 'made-unwanted', sexual: 'made-sexual' },
}
