import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { picture, writeColourClassifier } from '../../policy/image/colour-classifier.case.ts'
import { readDaemonConfig } from './config.ts'
import { openOutputCheck } from './output-check.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const enabled = {
  POLICY_NSFW_ENABLED: '1',
  POLICY_NSFW_ATTESTATION: 'Jo Doe, Example Ltd: callers are verified adults; takedown@example.org',
}

function open(given: Readonly<Record<string, string>>, signal = new AbortController().signal) {
  const least = { REDIS_URL: 'redis://here', SDXL_CHECKPOINT: '/models/lustify.safetensors' }
  return openOutputCheck(readDaemonConfig({ ...least, ...given }), signal)
}

const job = (contentMode: 'sfw' | 'nsfw') => ({ source: 'gateway', contentMode }) as const
const made = { stage: 'made' } as const

describe('a worker is not started', () => {
  it('on a checkpoint that can draw nsfw for all that is known, where nobody would look', async () => {
    const invalid = { code: 'configuration-invalid', message: expect.stringMatching(/lustify/) }
    await expect(open({})).rejects.toMatchObject(invalid)
    await expect(open({ CHECKPOINT_CONTENT: 'nsfw', ...enabled })).rejects.toThrow(
      'Name an image classifier with POLICY_CLASSIFIER, or declare CHECKPOINT_CONTENT=sfw if',
    )
  })

  it('for nsfw, where nobody would look', async () => {
    await expect(open({ CHECKPOINT_CONTENT: 'sfw', ...enabled })).rejects.toThrow(
      'Name an image classifier with POLICY_CLASSIFIER, or set POLICY_NSFW_ENABLED=0.',
    )
  })

  it('with a classifier that does not work', async () => {
    const missing = join(folder, 'missing.json')
    await expect(open({ POLICY_CLASSIFIER: missing })).rejects.toThrow(/ENOENT.*missing\.json/)
    const path = await writeColourClassifier(join(folder, 'wrong'), {
      network: { labels: ['nsfw', 'minor'] },
    })
    const message = `colours.onnx: it puts out 3 numbers for 2 labels. Its settings are in ${path}`
    await expect(open({ POLICY_CLASSIFIER: path })).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining(message),
    })
  })

  it('where it was told to end meanwhile', async () => {
    const path = await writeColourClassifier(join(folder, 'ended'))
    const signal = AbortSignal.abort()
    await expect(open({ POLICY_CLASSIFIER: path }, signal)).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})

describe('pictures must be looked at', () => {
  it('of every job where the checkpoint can draw nsfw', async () => {
    const path = await writeColourClassifier(join(folder, 'can'))
    await using check = await open({ POLICY_CLASSIFIER: path, ...enabled })
    expect([check.isRequired(job('sfw')), check.isRequired(job('nsfw'))]).toEqual([true, true])
    const asked = { ...made, job: job('sfw') }
    expect((await check.screen([picture('grey'), picture('red')], asked))?.code).toBe(
      'policy-output',
    )
  })

  it('of jobs in nsfw, whatever it can draw', async () => {
    const path = await writeColourClassifier(join(folder, 'cannot'))
    const given = { POLICY_CLASSIFIER: path, CHECKPOINT_CONTENT: 'sfw', ...enabled }
    await using check = await open(given)
    expect([check.isRequired(job('sfw')), check.isRequired(job('nsfw'))]).toEqual([false, true])
  })

  it('of none where it cannot, and nobody may ask for it', async () => {
    await using check = await open({ CHECKPOINT_CONTENT: 'sfw' })
    expect(check.isRequired(job('nsfw'))).toBe(false)
    expect(await check.screen([picture('red')], { ...made, job: job('nsfw') })).toBeUndefined()
  })
})
