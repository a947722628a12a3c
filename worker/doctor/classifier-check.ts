/** Checks the image classifier: that it answers where one is named, and that one is where a worker will want it. */
import { basename, resolve } from 'node:path'
import { Failure } from '#contract'
import { openClassifier } from '../../policy/image/open-classifier.ts'
import { bearable, type Finding, missing, ok, wrong } from './finding.ts'
import type { Machine } from './machine.ts'

/** Where none is, `npm run i2i` draws all the same, so that it is not in the way of all pictures. */
export async function checkClassifier({
  config: { classifierFile, checkpoint, checkpointContent, folder },
}: Pick<Machine, 'config'>): Promise<Finding | undefined> {
  if (classifierFile === undefined) {
    if (checkpoint === undefined || checkpointContent === 'sfw') return undefined
    const mend =
      'name one with POLICY_CLASSIFIER (policy/image/README.md has two), or declare CHECKPOINT_CONTENT=sfw'
    return bearable(missing('none, without which no worker starts on this checkpoint', mend))
  }
  try {
    await using classifier = await openClassifier(resolve(folder, classifierFile))
    const files = classifier?.settings.networks.map(({ file }) => basename(file)) ?? []
    return ok(`${classifierFile} with ${files.join(', ')}, which answer`)
  } catch (error) {
    // A Failure names its mend.
    if (error instanceof Failure) return wrong(error.message.replace(/\.$/, ''))
    throw error
  }
}
