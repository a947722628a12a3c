import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeColourClassifier } from '../../policy/image/colour-classifier.case.ts'
import { checkClassifier } from './classifier-check.ts'
import { readConfig } from './config.ts'

const lookAt = (variables: NodeJS.ProcessEnv) => checkClassifier({ config: readConfig(variables) })
const SDXL_CHECKPOINT = 'lustify.safetensors'

test('none is nothing to tell of where no worker would want it', async () => {
  expect(await lookAt({})).toBeUndefined()
  expect(await lookAt({ SDXL_CHECKPOINT, CHECKPOINT_CONTENT: 'sfw' })).toBeUndefined()
})

test('none is told of where a worker would not start, which is in the way of no picture at a terminal', async () => {
  expect(await lookAt({ SDXL_CHECKPOINT })).toMatchObject({
    ...{ status: 'missing', isInTheWay: false },
    mend: expect.stringMatching(/POLICY_CLASSIFIER .*CHECKPOINT_CONTENT=sfw/),
  })
})

test('one that answers is well, and one that does not is in the way', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const POLICY_CLASSIFIER = await writeColourClassifier(folder)
  expect(await lookAt({ POLICY_CLASSIFIER })).toMatchObject({
    ...{ status: 'ok', found: `${POLICY_CLASSIFIER} with colours.onnx, which answer` },
  })
  await rm(join(folder, 'colours.onnx'))
  expect(await lookAt({ POLICY_CLASSIFIER })).toMatchObject({
    ...{ status: 'wrong', isInTheWay: true, found: expect.stringContaining('colours.onnx') },
  })
})
