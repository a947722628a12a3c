/** Asks the policy, and refuses where it cannot answer. */
import { Failure, type Job, type RgbImage } from '#contract'
import type { Span } from '#platform/tracing/span.ts'
import type { PictureAsked, PictureScreen } from '../../../policy/image/picture-screen.ts'
import type { Screen, ScreenStage } from '../../../policy/screen.ts'

/** Throws the policy's Failure; `policy-check-failed` where the check itself failed. */
export async function requirePass(screen: Screen, job: Job, looked: Looked): Promise<void> {
  const asking =
    typeof looked === 'string' ? screen(job, looked) : screen(job, 'enhanced', looked.enhanced)
  const verdict = await asking.catch((cause) => {
    if (cause instanceof Failure) return cause
    const message = 'The policy could not be asked. See the worker’s log for the reason.'
    return new Failure('policy-check-failed', message, { cause })
  })
  if (verdict) throw verdict
}

/** The same of pictures; where nothing looks, it is no part of the trace. Throws `cancelled` once the signal is aborted. */
export async function requirePicturesPass(
  { screen, hasClassifier }: Pick<PictureScreen, 'screen' | 'hasClassifier'>,
  pictures: readonly RgbImage[],
  { span, ...asked }: PictureAsked & { readonly span: Span },
): Promise<void> {
  const look = () => screen(pictures, asked)
  const name = asked.stage === 'reference' ? 'screen reference' : 'screen pictures'
  const verdict = await (hasClassifier ? span.during(name, look) : look())
  if (verdict) throw verdict
}
type Looked = Exclude<ScreenStage, 'enhanced'> | { readonly enhanced: string }
