/** Photographs of people, for a worker: of producers that skip the gateway, and where a reference was exchanged. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Job, memoryQueue, type Queue, readPayload, readResult, writePayload } from '#contract'
import { sharp } from '#platform/image/sharp.ts'
import { createReferenceGate, sha256Of } from '../../../policy/reference/reference-gate.ts'
import { readTrustedMaker, signedText } from '../../../policy/reference/trusted-makers.ts'
import { createScreen } from '../../../policy/screen.ts'
import { vouchFor } from '../../../policy/vouch.ts'
import { drawnAs, idOf, modify, type TestWorkshop, testWorkshop, USER } from '../workshop.case.ts'
import { processJob } from './process-job.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64')
const maker = readTrustedMaker(`studio=${raw}`)
const granted = { granted: 'nsfw', grantedForeign: 'nsfw' } as const
const path = `user-library/${USER}/photo.png`
const nsfw = { content_type: 'nsfw' }

let photo: Uint8Array
let made: TestWorkshop
let queue: Queue
let drawn = 0

beforeAll(async () => {
  const create = { width: 64, height: 64, channels: 3, background: 'teal' } as const
  photo = await sharp({ create }).png().toBuffer()
  made = await testWorkshop({
    screen: createScreen({ rules: [], ...granted }),
    draw: async (order) => {
      drawn++
      return drawnAs(order)
    },
  })
  await made.storage.put(path, photo, { contentType: 'image/png' })
})
afterAll(() => made[Symbol.asyncDispose]())
beforeEach(() => {
  queue = memoryQueue({ idOf, random: () => 1 })
  drawn = 0
})

/** @returns how it ended, or the code, and how often anything was drawn. */
async function run(
  element: string,
  trusted = maker ? [maker] : [],
  queueSecrets: readonly string[] = [],
) {
  const worker = queue.worker('test')
  await queue.push(element)
  const claim = await worker.take()
  if (!claim) throw new Error('nothing was taken')
  const { takenDown } = queue
  const referenceGate = createReferenceGate({ ...granted, trustedMakers: trusted, takenDown })
  const { signal } = new AbortController()
  const attempt = {
    ...{ claim, worker, enter: () => {}, signal },
    inTurn: <T>(work: () => Promise<T>) => work(),
  }
  const { outcome, code } = await processJob(attempt, {
    ...made.workshop,
    ...{ referenceGate, queueSecrets },
  })
  const record = await queue.job(claim.id)
  return { words: `${code ?? outcome} ${drawn}`, result: readResult(record?.result ?? '') }
}

const wordsOf = async (...asked: Parameters<typeof run>) => (await run(...asked)).words

/** As a gateway pushes it. */
function ofGateway(id: string, given: Partial<Job>, secrets: readonly string[] = []): string {
  const reading = readPayload(modify(id, path, nsfw))
  if (reading.kind !== 'job') throw new Error('it is no job')
  return writePayload(vouchFor({ ...reading.job, source: 'gateway', ...given }, secrets))
}

const REFUSED = 'policy-reference-consent 0'

it('an edit in nsfw of another producer is refused before anything is drawn', async () => {
  expect(await wordsOf(modify('a', path, nsfw))).toBe(REFUSED)
  const smuggled = { ...nsfw, cleared: [{ sha256: sha256Of(photo), by: 'lineage' }] }
  expect(
    await wordsOf(
      modify('b', path, { ...smuggled, metadata: { ...smuggled, reference_image_url: path } }),
    ),
  ).toBe(REFUSED)
  expect(await wordsOf(modify('c', path))).toBe('completed 1')
})

it('a producer may sign its references, by a key that the operator trusts', async () => {
  const text = Buffer.from(signedText(sha256Of(photo)))
  const signature = sign(null, text, privateKey).toString('base64')
  const signed = { ...nsfw, reference_signature: signature }
  expect(await wordsOf(modify('a', path, signed), [])).toBe(REFUSED)
  expect(await wordsOf(modify('b', path, signed))).toBe('completed 1')
})

it('what a gateway cleared is drawn from, and nothing that took its place', async () => {
  const cleared = [{ sha256: sha256Of(photo), by: 'lineage' }] as const
  const { words, result } = await run(ofGateway('a', { cleared }))
  expect([words, result.references]).toEqual(['completed 1', [sha256Of(photo)]])
  expect(result.model).toBe('stub')
  drawn = 0
  const other = [{ sha256: 'f'.repeat(64), by: 'attestation' }] as const
  expect(await wordsOf(ofGateway('b', { cleared: other }))).toBe(REFUSED)
  expect(await wordsOf(ofGateway('c', {}))).toBe(REFUSED)
})

it('where gateways vouch for their jobs, what another wrote in their name counts as another’s', async () => {
  const cleared = [{ sha256: sha256Of(photo), by: 'attestation' }] as const
  const [now, before, other] = ['n'.repeat(32), 'b'.repeat(32), 'o'.repeat(32)]
  const wordsFor = (element: string) => wordsOf(element, [], [now, before])
  expect(await wordsFor(ofGateway('a', { cleared }, [now]))).toBe('completed 1')
  drawn = 0
  expect(await wordsFor(ofGateway('b', { cleared }, [before]))).toBe('completed 1')
  drawn = 0
  expect(await wordsFor(ofGateway('c', { cleared }, [other]))).toBe(REFUSED)
  expect(await wordsFor(ofGateway('d', { cleared }))).toBe(REFUSED)
  const taken = ofGateway('e', { contentMode: 'sfw', cleared }, [now]).replaceAll('"sfw"', '"nsfw"')
  expect(await wordsFor(taken)).toBe(REFUSED)
})

it('what was taken down is drawn from in no mode, and a set that cannot be asked refuses for now', async () => {
  const { takenDown } = queue
  await takenDown.add([sha256Of(photo)])
  expect(await wordsOf(modify('a', path))).toBe('policy-taken-down 0')
  const among = async () => Promise.reject(new Error('Redis is away'))
  queue = { ...memoryQueue({ idOf, random: () => 1 }), takenDown: { ...takenDown, among } }
  const { words } = await run(modify('b', path))
  expect(words).toBe('policy-check-failed 0')
  expect(await queue.job('b')).toMatchObject({ status: 'delayed', attempts: 1 })
})
