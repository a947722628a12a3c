/** The image classifier of a process, by its settings, once it has been seen to work. */
import { Failure, messageOf, type RgbImage } from '#contract'
import { ImageClassifier } from './image-classifier.ts'
import { readClassifierSettings } from './settings.ts'

/**
 * Undefined where none is named. Throws `configuration-invalid` where its settings or its networks will not do, and
 * `cancelled`.
 *
 * @param file of its settings: `POLICY_CLASSIFIER`.
 */
export async function openClassifier(
  file: string | undefined,
  signal?: AbortSignal,
): Promise<ImageClassifier | undefined> {
  if (file === undefined) return undefined
  const classifier = new ImageClassifier({ settings: await readClassifierSettings(file) })
  try {
    await classifier.classify(grey, signal)
    return classifier
  } catch (cause) {
    await classifier[Symbol.asyncDispose]()
    if (cause instanceof Failure && cause.code === 'cancelled') throw cause
    const message = `${messageOf(cause)} Its settings are in ${file} (POLICY_CLASSIFIER).`
    throw new Failure('configuration-invalid', message, { cause })
  }
}

/** What every network gives some score. */
const grey: RgbImage = { width: 96, height: 64, data: new Uint8Array(96 * 64 * 3).fill(128) }
