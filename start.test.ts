import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { freePort } from '#platform/free-port.case.ts'
import { readParameters } from '#platform/image/read-parameters.ts'
import { endAll, type Started, start } from './embedded/started.case.ts'

let folder: string
let port: number
let running: Started

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-start-'))
  port = await freePort()
})
afterAll(async () => {
  endAll()
  await rm(folder, { recursive: true, force: true })
})

const begin = async (): Promise<Started> => {
  // On a loaded machine it is asked for minutes, oftener than a caller may.
  const limits = { RATE_PER_MINUTE: '1000000' }
  const begun = start(port, { DATA_FOLDER: folder, DRAIN_MS: '300', ...limits })
  await begun.ready()
  return begun
}

const job = z.object({
  jobId: z.string(),
  status: z.string(),
  mode: z.string(),
  assets: z.array(z.object({ url: z.string(), width: z.number(), height: z.number() })).optional(),
})

/** Asks again while it is not as it must be. */
const jobAt = async (path: string, init?: RequestInit) =>
  job.parse(await (await fetch(`${running.url}${path}`, init)).json())

const post = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  jobAt('/v1/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const statusOf = async (id: string) => (await jobAt(`/v1/jobs/${id}`)).status
const becomes = (id: string, status: string) =>
  expect.poll(() => statusOf(id), { timeout: PATIENCE_MS, interval: 100 }).toBe(status)

/** On a machine that does much else, a process takes ten times as long to start. */
const PATIENCE_MS = 150_000
/** Some seconds of the demo's time: longer than it takes to be seen as running, and than a drain. */
const long = { prompt: 'a long walk', steps: 20 }

describe('npm start', { timeout: PATIENCE_MS }, () => {
  it('goes from an empty folder to a finished MODIFY', async () => {
    running = await begin()
    const photograph = await readFile(join(import.meta.dirname, 'examples', 'cat.jpg'))
    const uploaded = await fetch(`${running.url}/v1/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: photograph,
    })
    const { path } = z.object({ path: z.string() }).parse(await uploaded.json())
    const asked = { prompt: 'a cat in the snow', reference_image_url: path, seed: 7 }
    const done = await post(asked, { prefer: 'wait=50' })
    expect(done).toMatchObject({ status: 'completed', mode: 'modify' })
    const [asset] = done.assets ?? []
    const png = await fetch(asset?.url ?? '')
    expect(png.headers.get('content-type')).toBe('image/png')
    const drawn = await readParameters(Buffer.from(await png.arrayBuffer()))
    expect(drawn).toMatchObject({ mode: 'modify', seed: 7, evaluations: 12 })
    expect(running.output()).toContain(`i2i: ready at ${running.url}/`)
  })

  it('says that the demo draws little things, in the log and to a page', async () => {
    expect(running.output()).toContain('small pictures of little things. Set SDXL_CHECKPOINT')
    expect(running.output()).toContain('QWEN_PATH names no Qwen 2.5')
    const answer = await fetch(`${running.url}/v1/capabilities`)
    expect(await answer.json()).toMatchObject({ pictures: 'demo', providers: ['local-sdxl'] })
  })

  it('says who holds its port, and who its folder', async () => {
    const [same, beside] = [port, await freePort()].map((each) =>
      start(each, { DATA_FOLDER: folder }),
    )
    expect(await Promise.all([same?.ended, beside?.ended])).toEqual([1, 1])
    expect(same?.output()).toContain(`i2i: Port ${port} of 127.0.0.1 is taken by another program`)
    expect(beside?.output()).toContain(`The database in ${folder}/database is another process's`)
    expect([same?.processes(), beside?.processes()]).toEqual([[], []])
  })

  it('draws after a kill -9 what was being drawn, and what waited', async () => {
    const first = await post(long)
    const second = await post({ prompt: 'a short one', steps: 2 })
    await becomes(first.jobId, 'processing')
    running.child.kill('SIGKILL')
    await running.ended
    await expect.poll(running.processes, { timeout: PATIENCE_MS }).toEqual([])
    running = await begin()
    await becomes(first.jobId, 'completed')
    await becomes(second.jobId, 'completed')
  })

  it('leaves no process and no half-written file at Ctrl-C, and the job to the next start', async () => {
    // That it is drawn is told a second late.
    const { jobId } = await post({ ...long, steps: 60 })
    await becomes(jobId, 'processing')
    running.interrupt()
    expect(await running.ended).toBe(0)
    expect(running.output()).toContain('"outcome":"overrun"')
    expect(running.processes()).toEqual([])
    expect(await unfinished(folder)).toEqual([])
    running = await begin()
    await becomes(jobId, 'completed')
    running.interrupt()
    expect(await running.ended).toBe(0)
  })

  it('names a checkpoint that cannot be read, and is not there for it', async () => {
    const broken = join(folder, 'broken.safetensors')
    await writeFile(broken, 'not weights')
    const other = start(port, { DATA_FOLDER: folder, SDXL_CHECKPOINT: broken })
    expect(await other.ended).toBe(1)
    expect(other.output()).toMatch(/i2i: .*broken\.safetensors/)
    expect(other.output()).not.toContain('    at ')
    expect(other.processes()).toEqual([])
  })
})

/** Files that are written beside their place until they are whole, in what a person keeps. */
async function unfinished(home: string): Promise<readonly string[]> {
  const files = await readdir(join(home, 'files'), { recursive: true })
  const isWhole = (name: string) => !/(^|\/)\.|\.(tmp|part)\b/.test(name)
  return files.filter((name) => !isWhole(name))
}
