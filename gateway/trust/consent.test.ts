import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobResult } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { decodeImage } from '#platform/image/decode.ts'
import { sha256Of } from '../../policy/reference/reference-gate.ts'
import { readTrustedMaker, signedText } from '../../policy/reference/trusted-makers.ts'
import { createScreen } from '../../policy/screen.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { ANNA, assetOf, type TestGateway, testGateway } from '../jobs/jobs.case.ts'
import { picture } from '../providers/replicate/stub-picture.case.ts'
import type { JobRequest } from '../requests/job-request.ts'
import { settle } from '../store/settle.ts'
import { createSaveUpload } from '../uploads/save-upload.ts'
import { createClearReferences } from './clear-references.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64')
const maker = readTrustedMaker(`studio=${raw}`)
const kind = { contentType: 'image/png' }
const adult = { ...ANNA, adult: true }
const consent = { attested: true, statement: 'I am the one in the photograph.' } as const

describe.for(databasesHere)('an edit in nsfw on $kind', ({ open }) => {
  let database: Database
  let gateway: TestGateway
  beforeEach(async () => {
    database = await open()
    const { storage } = await testGateway(database)
    const clear = createClearReferences({
      ...{ database, storage, guard: createGuardedFetch() },
      trustedMakers: maker ? [maker] : [],
    })
    const screen = createScreen({ rules: [], granted: 'nsfw' })
    const made = await testGateway(database, { accept: { screen, granted: 'nsfw', clear } })
    gateway = { ...made, storage }
  })
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  /** @returns by what it was cleared, or the rule that refused it. */
  const edit = async (path: string, wish: JobRequest = {}, caller = adult) => {
    const request = {
      prompt: 'x',
      content_mode: 'nsfw',
      reference_image_url: path,
      ...wish,
    } as const
    const asked = gateway.accept(request, { caller, surface: 'v1' })
    return await asked.then(
      ({ row }) => row.job.cleared?.map(({ by }) => by).join(' '),
      (refusal) => refusal.rule ?? refusal.message,
    )
  }
  const store = async (path: string, bytes: Uint8Array) => {
    await gateway.storage.put(path, bytes, kind)
    return path
  }
  /** A job that was done, and what it made, where its caller finds it. */
  const done = async (bytes: Uint8Array, reference?: { path: string; sha256?: string }) => {
    const wish = reference ? { reference_image_url: reference.path } : {}
    const { row } = await gateway.accept({ prompt: 'y', ...wish }, { caller: ANNA, surface: 'v1' })
    const path = `anna/${row.id}/0.png`
    const result: JobResult = {
      assets: [{ ...assetOf(row.id), path, sha256: sha256Of(bytes) }],
      ...(reference?.sha256 !== undefined && { references: [reference.sha256] }),
    }
    await settle(database, { id: row.attemptId, jobId: row.id }, { status: 'completed', result })
    const stored = await store(`workspace-temp/${path}`, bytes)
    return { path: stored, sha256: sha256Of(bytes) }
  }
  const events = () =>
    database.query<{ outcome: string; rule: string; pictures: string[]; statement: string | null }>(
      'select outcome, rule, pictures, statement from i2i.policy_events order by id',
    )

  it('is drawn from what was made here from words alone, and from what was made of that', async () => {
    const first = await done(picture(64, 64))
    expect(await edit(first.path)).toBe('lineage')
    const second = await done(picture(32, 64), first)
    const third = await done(picture(64, 32), second)
    expect(await edit(third.path)).toBe('lineage')
    expect((await events()).at(-1)).toEqual({
      ...{ outcome: 'cleared', rule: 'lineage', pictures: [third.sha256], statement: null },
    })
  })

  it('is not drawn from a photograph, however often it was copied here', async () => {
    const path = await store('user-library/anna/photo.png', picture(40, 40))
    const photo = { path, sha256: sha256Of(picture(40, 40)) }
    expect(await edit(path)).toBe('reference-consent')
    const copy = await done(picture(48, 40), photo)
    const copyOfCopy = await done(picture(48, 48), copy)
    for (const each of [copy, copyOfCopy]) expect(await edit(each.path)).toBe('reference-consent')
    expect(await events()).toMatchObject(
      [photo, copy, copyOfCopy].map(({ sha256 }) => ({
        ...{ outcome: 'refused', rule: 'reference-consent', pictures: [sha256] },
      })),
    )
  })

  it('is not drawn from a picture of which nobody knows what it was made from', async () => {
    const path = await store('user-library/anna/photo.png', picture(40, 40))
    expect(await edit((await done(picture(56, 40), { path })).path)).toBe('reference-consent')
  })

  it('knows a picture of its own that was taken home and uploaded again, and no other like it', async () => {
    const own = await done(picture(64, 64))
    const decoder = { decode: (bytes: Uint8Array) => decodeImage(bytes) }
    const save = createSaveUpload({ database, storage: gateway.storage, decoder })
    const again = await save(picture(64, 64), ANNA)
    expect(again.sha256).not.toBe(own.sha256)
    expect(await edit(again.path)).toBe('lineage')
    const other = await save(picture(65, 64), ANNA)
    expect(await edit(other.path)).toBe('reference-consent')
  })

  it('is drawn from what a trusted maker signed, and not from what they signed otherwise', async () => {
    const path = await store('user-library/anna/made.png', picture(40, 40))
    const signature = (text: string) => sign(null, Buffer.from(text), privateKey).toString('base64')
    const ours = signature(signedText(sha256Of(picture(40, 40))))
    expect(await edit(path, { reference_signature: ours })).toBe('signature')
    const another = signature(signedText(sha256Of(picture(41, 40))))
    expect(await edit(path, { reference_signature: another })).toBe('reference-consent')
  })

  it('is drawn for the word of a caller who may give it, which is recorded', async () => {
    const path = await store('user-library/anna/photo.png', picture(40, 40))
    expect(await edit(path, { reference_consent: consent })).toBe('reference-consent')
    const trusted = { ...adult, attests: true }
    expect(await edit(path, {}, trusted)).toBe('reference-consent')
    expect(await edit(path, { reference_consent: consent }, trusted)).toBe('attestation')
    expect((await events()).at(-1)).toEqual({
      ...{ outcome: 'cleared', rule: 'attestation', statement: consent.statement },
      pictures: [sha256Of(picture(40, 40))],
    })
  })

  it('answers for every reference, the further ones too', async () => {
    const own = await done(picture(64, 64))
    const photo = await store('user-library/anna/photo.png', picture(40, 40))
    const further = { further_reference_urls: [own.path, photo] }
    expect(await edit(own.path, further)).toBe('reference-consent')
    expect(await edit(own.path, { further_reference_urls: [own.path] })).toBe('lineage lineage')
  })

  it('is asked the same beforehand, and nothing is asked of what is held to sfw', async () => {
    const path = await store('user-library/anna/photo.png', picture(40, 40))
    const request = { prompt: 'x', reference_image_url: path }
    const asking = { caller: adult, surface: 'v1' } as const
    await expect(
      gateway.preview({ ...request, content_mode: 'nsfw' }, asking),
    ).rejects.toMatchObject({ code: 'policy-reference-consent' })
    expect((await gateway.accept(request, asking)).row.job).not.toHaveProperty('cleared')
  })

  it('is one in sfw for a caller who may not have nsfw, and explicit words are refused to them', async () => {
    const rules = { version: 'r', about: '', minor: ['zorblat'], sexual: ['vexnaro'] }
    const screen = createScreen({ rules: [rules], granted: 'nsfw' })
    const strict = await testGateway(database, { accept: { screen, granted: 'nsfw' } })
    const ask = (prompt: string, caller = ANNA) =>
      strict.accept({ prompt, content_mode: 'nsfw' }, { caller, surface: 'v1' }).then(
        ({ row }) => row.job.contentMode,
        (refusal) => refusal.rule,
      )
    expect(await ask('a lake')).toBe('sfw')
    expect(await ask('a lake', adult)).toBe('nsfw')
    expect(await ask('vexnaro')).toBe('explicit-in-sfw')
    expect(await ask('vexnaro', adult)).toBe('nsfw')
    expect(await ask('zorblat')).toBe('minor-nsfw')
  })

  it('is refused by a picture that has two histories', async () => {
    const own = await done(picture(64, 64))
    await database.query(
      `insert into i2i.outputs (path, job_id, tenant, user_id, sha256, from_words)
       values ($1, 'x', 'test', 'bert', $2, false)`,
      [randomUUID(), own.sha256],
    )
    expect(await edit(own.path)).toBe('reference-consent')
  })
})
