import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { type Behaviour, type HostStub, sha256, startHosts } from './host-stub.case.ts'
import { type PullOptions, pull } from './pull.ts'
import { sourceOf } from './source.ts'

const content = Buffer.alloc(1_000_000, 'weights of a network, in half precision. ')
const good: Behaviour = { content, token: 'hf_good' }
let folder: string
let hosts: HostStub

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-pull-'))
  hosts = await startHosts(good)
})
afterEach(async () => {
  await hosts[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const page = () => `${hosts.origin}/lab/sdxl/blob/main/sdxl.safetensors`
const states: string[] = []
function run(
  more: Partial<PullOptions> & { readonly token?: string | undefined; url?: string } = {},
) {
  const { url = page(), ...options } = more
  const token = 'token' in more ? more.token : 'hf_good'
  const origins = { huggingFace: hosts.origin, civitai: 'http://civitai.invalid' }
  const source = sourceOf(url, { huggingFace: token, civitai: undefined }, origins)
  return pull({
    ...{ source, folder, isTTY: false, signal: AbortSignal.timeout(20_000) },
    line: { state: (text) => states.push(text) },
    patience: { tries: 3, firstPauseMs: 1, mostWaitSeconds: 1, silenceMs: 5_000 },
    ...options,
  })
}
const left = () => readdir(folder)

describe('a file from Hugging Face', () => {
  it('arrives whole under its name, held against the hash that the host tells', async () => {
    const found = await run()
    expect(found).toEqual({
      path: join(folder, 'lustify.safetensors'),
      bytes: content.length,
      sha256: sha256(content),
      checkedBy: 'host',
    })
    expect((await readFile(found.path)).equals(content)).toBe(true)
    expect(await left()).toEqual(['lustify.safetensors'])
  })

  it('shows its token to the host, and never to the store that it redirects to', async () => {
    await run()
    expect(hosts.asked.map(({ at, authorization }) => [at, authorization])).toEqual([
      ['host', 'Bearer hf_good'],
      ['store', undefined],
    ])
  })

  it('goes on from where the connection was cut, as often as there is progress', async () => {
    hosts.set({ ...good, cutAfter: 150_000 })
    const found = await run()
    expect(found.sha256).toBe(sha256(content))
    const ranges = hosts.asked.filter(({ at }) => at === 'store').map(({ range }) => range)
    expect(ranges[0]).toBeUndefined()
    expect(ranges.length).toBeGreaterThan(4)
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true)
  })

  it('goes on in another process, after an end in mid-download', async () => {
    hosts.set({ ...good, cutAfter: 300_000 })
    const once = { tries: 1, firstPauseMs: 1, mostWaitSeconds: 1, silenceMs: 5_000 }
    await expect(run({ patience: once })).rejects.toThrow('run the same command again')
    expect(await left()).toHaveLength(2)
    hosts.set(good)
    expect((await run({ patience: once })).sha256).toBe(sha256(content))
    expect(hosts.asked.at(-1)).toMatchObject({ at: 'store', range: expect.stringMatching(/[1-9]/) })
    expect(await left()).toEqual(['lustify.safetensors'])
  })

  it('begins anew where the file has become another one meanwhile', async () => {
    const stop = new AbortController()
    hosts.set({ ...good, cutAfter: 400_000 })
    const line = {
      state(text: string) {
        if (text.includes('Trying again')) stop.abort()
      },
    }
    await expect(run({ signal: stop.signal, line })).rejects.toThrow()
    const [part] = (await left()).filter((name) => name.endsWith('.part'))
    expect((await readFile(join(folder, part ?? ''))).length).toBeGreaterThan(0)
    const other = Buffer.alloc(500_000, 'another network')
    hosts.set({ ...good, content: other, etag: '"v2"' })
    expect((await run()).sha256).toBe(sha256(other))
  })

  it('is fetched anew after a hash that was wrong', async () => {
    hosts.set({ ...good, sha256: 'f'.repeat(64) })
    await expect(run()).rejects.toMatchObject({ code: 'checkpoint-invalid' })
    expect(await left()).toEqual([])
    hosts.set(good)
    await expect(run({ sha256: sha256(content) })).resolves.toMatchObject({ checkedBy: 'given' })
  })
})

describe('what goes wrong', () => {
  it.each([
    [{ status: 401 }, 'hf_old', 'provider-denied', /HF_TOKEN, which may have been revoked/],
    [{ status: 401 }, undefined, 'provider-denied', /set HF_TOKEN to a token/],
    [
      { status: 403 },
      'hf_good',
      'provider-denied',
      /open http:\S+\/lab\/sdxl with it, and accept its terms/,
    ],
    [{ status: 404 }, 'hf_good', 'not-found', /has no such file: .*sdxl\.safetensors/],
    [
      { status: 429, headers: { 'retry-after': '900' } },
      'hf_good',
      'provider-throttled',
      /in 900 s, and it goes on/,
    ],
    [{ status: 502 }, 'hf_good', 'provider-unavailable', /answers 502/],
  ] as const)('%o is told as what it is', async (behaviour, token, code, words) => {
    hosts.set({ ...good, ...behaviour })
    const failure = await run({ token }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect((failure as Error).message).toMatch(words)
    expect((failure as Error).message).not.toMatch(/hf_|secret/)
  })

  it('is waited for where the host asks for a little patience', async () => {
    hosts.set({ ...good, status: 429, headers: { 'retry-after': '0' } })
    const line = {
      state(text: string) {
        if (text.includes('Trying again')) hosts.set(good)
      },
    }
    await expect(run({ line })).resolves.toMatchObject({ sha256: sha256(content) })
  })

  it('is found out before a byte is fetched where the disk is too small', async () => {
    hosts.set({ ...good, claims: 1e15 })
    await expect(run()).rejects.toThrow(/the rest of the file takes 1000000\.00 GB: free some/)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'is a disk that fills in mid-download: it goes on from there (skipped where no root may mount a small disk)',
    async () => {
      hosts.set({ ...good, isVague: true })
      const main = join(import.meta.dirname, 'main.ts')
      const words = [process.execPath, ...typescriptLoader(), main, 'pull']
      const pull = `"${words.join('" "')}" "${hosts.store}/a.safetensors" --to "${folder}"`
      // In a name space of its own, with which the small disk goes.
      const script = `mount -t tmpfs -o size=400k tmpfs "${folder}"; ${pull}; echo "$?"; ls "${folder}"`
      const env = { PATH: process.env.PATH }
      const said = await new Promise<string>((resolve) =>
        execFile('unshare', ['--mount', 'sh', '-c', script], { env }, (_, stdout, stderr) =>
          resolve(stdout + stderr),
        ),
      )
      expect(said).toMatch(/^1\npull-\w+\.part\n/)
      expect(said).toMatch(/The disk is full: .* Free some, and run the same command again/)
    },
  )

  it('is another file under that name, which is not touched', async () => {
    await writeFile(join(folder, 'lustify.safetensors'), 'mine')
    await expect(run()).rejects.toThrow(/is there already.*give another --name/)
    expect(await readFile(join(folder, 'lustify.safetensors'), 'utf8')).toBe('mine')
  })

  it('is a page to log in on', async () => {
    hosts.set({ ...good, status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
    await expect(run()).rejects.toThrow(/a web page, .*HF_TOKEN is wanted/)
  })
})

describe('npm run models', () => {
  const command = (words: readonly string[], variables: Record<string, string> = {}) =>
    new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
      const main = join(import.meta.dirname, 'main.ts')
      const env = { PATH: process.env.PATH, INIT_CWD: folder, ...variables }
      execFile(
        process.execPath,
        [...typescriptLoader(), main, ...words],
        { env },
        (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }),
      )
    })

  it('fetches from Civitai by the address of a model’s page, and exits 75 where it is to be run again', async () => {
    hosts.set({ content, token: 'civ' })
    const variables = { CIVITAI_ENDPOINT: hosts.origin, CIVITAI_TOKEN: 'civ' }
    const url = `${hosts.origin}/models/573152/lustify?modelVersionId=12345`
    const done = await command(['pull', url, '--to', '.'], variables)
    expect(done).toMatchObject({ status: 0 })
    expect(done.stdout).toContain(`${sha256(content)}, as 127.0.0.1`)
    hosts.set({ status: 429, headers: { 'retry-after': '3600' } })
    const later = await command(['pull', url, '--to', 'elsewhere'], variables)
    expect(later.status).toBe(75)
    expect(later.stderr).toMatch(/^models: .* in 3600 s/m)
  })

  it('exits 1 for what has to be mended first', async () => {
    const wrong = await command(['pull', 'lustify', '--to', '.'])
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('is not a URL') })
  })
})
