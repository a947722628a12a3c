/** The look at every picture before it leaves a worker: whether it must be there, and the classifier that takes it. */
import { basename } from 'node:path'
import { Failure } from '#contract'
import { openClassifier } from '../../policy/image/open-classifier.ts'
import { createPictureScreen, type PictureScreen } from '../../policy/image/picture-screen.ts'
import type { DaemonConfig } from './config.ts'

export interface OutputCheck extends PictureScreen, AsyncDisposable {}

/**
 * Throws `configuration-invalid` where pictures would have to be looked at and nobody could, or the classifier will not
 * do; `cancelled` once the signal is aborted.
 */
export async function openOutputCheck(
  config: Pick<DaemonConfig, 'checkpoint' | 'checkpointContent' | 'policy'>,
  signal: AbortSignal,
): Promise<OutputCheck> {
  const { checkpoint, checkpointContent: content, policy } = config
  const { granted, grantedForeign, classifierFile } = policy
  if (classifierFile === undefined && content === 'nsfw') {
    const message =
      `The checkpoint ${basename(checkpoint)} counts as one that can draw nsfw, and nothing looks at what it draws. ` +
      'Name an image classifier with POLICY_CLASSIFIER, or declare CHECKPOINT_CONTENT=sfw if it cannot.'
    throw new Failure('configuration-invalid', message)
  }
  if (classifierFile === undefined && granted === 'nsfw') {
    const message =
      'POLICY_NSFW_ENABLED is 1, and nothing looks at what is drawn. Name an image classifier with POLICY_CLASSIFIER, ' +
      'or set POLICY_NSFW_ENABLED=0.'
    throw new Failure('configuration-invalid', message)
  }
  const classifier = await openClassifier(classifierFile, signal)
  return {
    ...createPictureScreen({ classifier, content, granted, grantedForeign }),
    async [Symbol.asyncDispose]() {
      await classifier?.[Symbol.asyncDispose]()
    },
  }
}
