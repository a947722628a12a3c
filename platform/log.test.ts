import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { createLog, type Log, type LogFields } from './log.ts'

const JOB = '0198c9a1-7c3e-7d41-9f0a-3f1c5c2f9d11'

/** A log, and the lines that it has written. */
function kept(): { log: Log; lines: string[]; last(): Record<string, unknown> } {
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => void lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

const SECRETS = {
  prompt: 'a heron that reads a newspaper',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl',
  signature: '5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd',
  webhookSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  apiKey: 'i2i_live_a1b2c3d4_4eC39HqLyjWDarjtT1zdp7dcAbCdEfGhIjKlMnOpQrS',
  password: 'hunter2-sesame',
}
const SIGNED_URL = `https://u:${SECRETS.password}@abc.supabase.co/storage/v1/object/sign/secret-path/cat.png?token=${SECRETS.jwt}`

/** Every secret in a form that nothing of it shall be found in. */
const NEEDLES = [
  ...Object.values(SECRETS),
  'heron',
  'newspaper',
  'eyJ',
  'secret-path',
  'sesame',
  '5257a869',
  'MfKQ9r8G',
  '4eC39Hq',
]

function expectNone(lines: readonly string[]): void {
  for (const needle of NEEDLES) expect(lines.join('')).not.toContain(needle)
}

test('a line says when, how bad, what, and of which job', () => {
  const { log, last } = kept()
  log.with({ workerId: 'gpu-0' }).info('claimed', { jobId: JOB, attempt: 2, milliseconds: 1.5 })
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    workerId: 'gpu-0',
    jobId: JOB,
    attempt: 2,
    milliseconds: 1.5,
    msg: 'claimed',
  })
})

test('an object full of secrets under any name leaves none of them', () => {
  const { log, lines, last } = kept()
  const payload = {
    ...SECRETS,
    reference_image_url: SIGNED_URL,
    metadata: { ...SECRETS, SIGNED_URL },
  }
  const names = [
    'job',
    'payload',
    'headers',
    'prompt',
    'authorization',
    'toJSON',
    '__proto__',
    'msg',
    'level',
    'time',
  ]
  log.info('claimed', payload as LogFields)
  for (const name of names) log.info('claimed', { [name]: payload } as LogFields)
  log.info('claimed', Object.fromEntries(names.map((name) => [name, SIGNED_URL])) as LogFields)
  log.with(payload as LogFields).error('failed')
  expectNone(lines)
  expect(last()).toMatchObject({ level: 'error', msg: 'failed', withheld: 8 })
})

test('a secret in a field that is on the list is withheld', () => {
  const { log, lines, last } = kept()
  const fields = [
    'jobId',
    'workerId',
    'code',
    'stage',
    'status',
    'url',
    'route',
    'signal',
    'width',
    'isReady',
    'error',
  ]
  for (const field of fields) {
    for (const secret of [...Object.values(SECRETS), SIGNED_URL, SECRETS, [SIGNED_URL]]) {
      // A short password is a plain name like any other: that is why no field is for one.
      if (secret !== SECRETS.password) log.info('claimed', { [field]: secret } as LogFields)
    }
  }
  expectNone(lines)
  log.info('fetched', { url: SIGNED_URL })
  expect(last().url).toBe('https://abc.supabase.co')
})

test('sentences and events keep their sense and lose what they quote', () => {
  const { log, lines, last } = kept()
  const reasons = [
    `could not read ${SIGNED_URL} (ECONNRESET)`,
    `Authorization: Bearer ${SECRETS.jwt}`,
    `callback refused, x-callback-signature: sha256=${SECRETS.signature}`,
    `token=${SECRETS.password}&x=1`,
    `the prompt "${SECRETS.prompt}" is too long`,
    `redis://default:${SECRETS.password}@queue:6379/0 cannot be reached`,
    `keys ${SECRETS.webhookSecret} ${SECRETS.apiKey}`,
  ]
  for (const reason of reasons) {
    log.warn('retried', { reason })
    log.warn(reason)
  }
  expectNone(lines)
  log.warn('retried', { reason: reasons[0]! })
  expect(last().reason).toBe('could not read https://abc.supabase.co (ECONNRESET)')
  log.warn('retried', { reason: `The job ${JOB} is lost.` })
  expect(last().reason).toBe(`The job ${JOB} is lost.`)
})

test('an error that quotes what it was about tells its place instead', () => {
  const { log, lines, last } = kept()
  let cause: unknown
  try {
    JSON.parse(`${SECRETS.prompt} ${SECRETS.jwt}`)
  } catch (error) {
    cause = error
  }
  log.error('failed', { error: cause })
  expect(last().error).toEqual({
    name: 'SyntaxError',
    at: expect.arrayContaining([expect.stringContaining('log.test.ts')]),
  })
  log.error('failed', {
    error: Object.assign(new Error(`${SECRETS.prompt}\n    at ${SECRETS.jwt}:1:1`), {
      headers: SECRETS,
    }),
  })
  log.error('failed', {
    error: new Failure('image-unreadable', `No picture at ${SIGNED_URL}.`, { cause }),
  })
  expect(last().error).toMatchObject({
    name: 'Failure',
    code: 'image-unreadable',
    message: 'No picture at https://abc.supabase.co',
    cause: { name: 'SyntaxError' },
  })
  expectNone(lines)
})

test('whatever is logged is one line of JSON, and nothing throws', () => {
  const { log, lines } = kept()
  fc.assert(
    fc.property(fc.string(), fc.object(), fc.anything(), (event, fields, error) => {
      const before = lines.length
      log.info(event, { ...fields, error } as LogFields)
      expect(lines.length).toBe(before + 1)
      expect(lines.at(-1)!.trimEnd()).not.toContain('\n')
      JSON.parse(lines.at(-1)!)
    }),
  )
})
