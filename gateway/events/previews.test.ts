import { expect, it } from 'vitest'
import { MOST_PREVIEW_BYTES } from '#contract'
import { testDatabases } from '../database/test-database.case.ts'
import { dispatch } from '../jobs/dispatch.ts'
import { ANNA, cat } from '../jobs/jobs.case.ts'
import { eventServer } from './event-server.case.ts'
import { mayBeSeen, previewsOf } from './previews.ts'

const jpeg = (fill: string, bytes = 30) =>
  Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(bytes - 3, fill)]).toString('base64')

it('a preview is believed where it is a JPEG as base64, no larger than a worker sends', async () => {
  const texts = new Map([
    ['good', jpeg('a')],
    ['largest', jpeg('a', MOST_PREVIEW_BYTES)],
    ['larger', jpeg('a', MOST_PREVIEW_BYTES + 3)],
    ['page', Buffer.from('<svg onload=alert(1)>').toString('base64')],
    ['broken', `${jpeg('a')}", "x": "`],
  ])
  const shown = await previewsOf([...texts.keys()], async () => texts)
  expect([...shown.keys()]).toEqual(['good', 'largest'])
  expect(shown.get('good')).toBe(`data:image/jpeg;base64,${jpeg('a')}`)
  expect(await previewsOf(['good'], undefined)).toEqual(new Map())
})

it('none is shown of what is not safe for work', () => {
  expect([mayBeSeen({ contentMode: 'sfw' }), mayBeSeen({ contentMode: 'nsfw' })]).toEqual([
    true,
    false,
  ])
})

it('those who watch are shown each preview once, and those who come later the newest', async () => {
  await using database = await (testDatabases[0]?.open ?? expect.fail)()
  const reads: (readonly string[])[] = []
  await using server = await eventServer(database)
  const { queue } = server.gateway
  const previews: typeof queue.previews = (ids) => {
    reads.push(ids)
    return queue.previews(ids)
  }
  await using shown = await eventServer(database, { queue, watch: { previews } })
  const ask = async () => {
    const { row } = await server.gateway.accept(cat, { caller: ANNA, surface: 'v1' })
    return row.id
  }
  const [id, nsfw] = [await ask(), await ask()]
  await database.query(
    `update i2i.jobs set job = jsonb_set(job, '{contentMode}', '"nsfw"') where id = $1`,
    [nsfw],
  )
  const worker = queue.worker('w')
  await worker.beat([], { state: 'idle' })
  await dispatch(server.gateway.parts)
  const claims = [(await worker.take()) ?? expect.fail(), (await worker.take()) ?? expect.fail()]
  const first = await shown.follow(id)
  const held = await shown.follow(nsfw)
  const blind = await server.follow(id)
  for (const client of [first, held, blind]) await client.until('snapshot')
  const say = async (step: number, picture?: string) => {
    for (const claim of claims) {
      await worker.progress(claim, { stage: 'denoise', image: 0, step, of: 9 }, picture)
    }
    const heard = [first, held, blind].map(async (client) => {
      const [newest] = (await client.until('progress')).slice(-1)
      return newest?.data.preview
    })
    return await Promise.all(heard)
  }
  const urlOf = (fill: string) => `data:image/jpeg;base64,${jpeg(fill)}`
  expect(await say(1, jpeg('a'))).toEqual([urlOf('a'), null, null])
  expect(await say(2)).toEqual([null, null, null])
  expect(await say(3, jpeg('b'))).toEqual([urlOf('b'), null, null])
  const late = await shown.follow(id, { caller: 'anna' })
  expect(await late.next()).toMatchObject({
    event: 'snapshot',
    data: { progress: { step: 3, preview: urlOf('b') } },
  })
  expect(reads.flat()).not.toContain(nsfw)
  for (const client of [first, held, blind, late]) client.close()
})
