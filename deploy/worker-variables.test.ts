import { expect, it } from 'vitest'
import { readDaemonConfig } from '#worker/daemon/config.ts'
import { openOutputCheck } from '#worker/daemon/output-check.ts'
import { variablesMissing } from './worker-variables.ts'

const least = {
  REDIS_URL: 'redis://localhost',
  SDXL_CHECKPOINT: 'sdxl.safetensors',
  CHECKPOINT_CONTENT: 'sfw',
}
const { signal } = new AbortController()
const attested = { POLICY_NSFW_ENABLED: '1', POLICY_NSFW_ATTESTATION: 'ops@example.org '.repeat(4) }

/** What the worker itself says, as far as it needs no file. */
async function starts(given: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await using _ = await openOutputCheck(readDaemonConfig(given), signal)
    return true
  } catch {
    return false
  }
}

it.each([
  [least, true],
  [{}, false],
  [{ ...least, REDIS_URL: ' ' }, false],
  [{ ...least, SDXL_CHECKPOINT: '' }, false],
  [{ ...least, CHECKPOINT_CONTENT: '' }, false],
  [{ ...least, CHECKPOINT_CONTENT: 'nsfw' }, false],
  [{ ...least, POLICY_NSFW_ENABLED: '1' }, false],
  [{ ...least, ...attested }, false],
  [{ ...least, SUPABASE_URL: 'https://a.supabase.co' }, false],
  [{ ...least, SUPABASE_SERVICE_KEY: 'k' }, false],
  [{ ...least, S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k' }, false],
  [{ ...least, S3_SECRET_ACCESS_KEY: 'k' }, false],
  [{ ...least, S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k', S3_SECRET_ACCESS_KEY: 's' }, true],
  [{ ...least, SUPABASE_URL: 'https://a.supabase.co', SUPABASE_SERVICE_KEY: 'k' }, true],
  [{ ...least, CALLBACK_URL: 'https://a.example' }, false],
  [{ ...least, CALLBACK_HOSTS: 'a.example' }, false],
  [{ ...least, CALLBACK_URL: 'https://a.example', JOB_CALLBACK_SECRET: 'whsec' }, true],
])('a worker is rented where it starts, and only there: %o', async (given, does) => {
  expect(await starts(given)).toBe(does)
  expect(variablesMissing(given).length === 0).toBe(does)
})

it('asks for no sfw checkpoint of who names a classifier', () => {
  const { CHECKPOINT_CONTENT: _, ...rest } = least
  const classifier = { POLICY_CLASSIFIER: '/workspace/classifier.json' }
  expect(variablesMissing({ ...rest, ...attested, ...classifier })).toEqual([])
})
