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
const good: Behaviour = { content }
const patience = { tries: 3, firstPauseMs: 1, mostWaitSeconds: 1, silenceMs: 5_000, beatMs: 20 }
let folder: string
let hosts: HostStub
let states: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-pull-'))
  hosts = await startHosts(good)
  states = []
})
afterEach(async () => {
  await hosts[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const page = () => `${hosts.origin}/lab/sdxl/blob/main/sdxl.safetensors`
function run({ url = page(), ...more }: Partial<PullOptions> & { readonly url?: string } = {}) {
  const origins = { huggingFace: hosts.origin, civitai: 'http://civitai.invalid' }
  const source = sourceOf(url, { huggingFace: 'hf_good', civitai: undefined }, origins)
  const line = { state: (text: string) => states.push(text) }
  const signal = AbortSignal.timeout(20_000)
  return pull({ ...{ source, folder, isTTY: false, signal, line, patience }, ...more })
}
const left = async () => (await readdir(folder)).toSorted()
const once = { ...patience, tries: 1 }

describe('the same command, run again', () => {
  it('fetches nothing of a file that is there, where the host tells its hash', async () => {
    await run()
    states = []
    await expect(run()).resolves.toMatchObject({ sha256: sha256(content), checkedBy: 'host' })
    expect(states).toEqual([])
    expect(await left()).toEqual(['lustify.safetensors'])
  })

  it('says how to be sure of a file that is there, where nobody tells its hash', async () => {
    const url = `${hosts.store}/lustify.safetensors`
    await run({ url })
    states = []
    const mend = `its SHA-256 is ${sha256(content)}: .* or say --sha256 if it is the one`
    await expect(run({ url })).rejects.toThrow(new RegExp(mend))
    await expect(run({ url, sha256: sha256(content) })).resolves.toMatchObject({
      checkedBy: 'given',
    })
    expect(states).toEqual([])
  })

  it.each(['refused', 'another'] as const)(
    'begins anew where the part that it asks for is %s',
    async (range) => {
      hosts.set({ ...good, cutAfter: 300_000 })
      await expect(run({ patience: once })).rejects.toThrow('run the same command again')
      hosts.set({ ...good, range })
      // Nobody tells its hash at the store itself, by which what is put together wrong would be found out.
      const found = await run({ patience: once })
      expect((await readFile(found.path)).equals(content)).toBe(true)
    },
  )

  it('need not fetch anew what the host vouches for, after a hash that was mistyped', async () => {
    await expect(run({ sha256: '0'.repeat(64) })).rejects.toThrow(/as it says itself, .* is kept/)
    states = []
    await expect(run({ sha256: sha256(content) })).resolves.toMatchObject({ checkedBy: 'given' })
    expect(states).toEqual([])
    expect(await left()).toEqual(['lustify.safetensors'])
  })

  it('keeps nothing that is not what was asked for, where nobody vouches for it', async () => {
    const url = `${hosts.store}/lustify.safetensors`
    const wrong = run({ url, sha256: '0'.repeat(64) })
    await expect(wrong).rejects.toThrow(/--sha256 is 0{64}. It was deleted/)
    expect(await left()).toEqual([])
  })
})

describe('two processes that fetch the same to the same volume', () => {
  it('fetch it once, one after the other', async () => {
    hosts.set({ ...good, cutAfter: 150_000 })
    const both = await Promise.all([run(), run()])
    for (const { path } of both) expect((await readFile(path)).equals(content)).toBe(true)
    expect(states.filter((text) => text.includes('Another process'))).toHaveLength(1)
    expect(await left()).toEqual(['lustify.safetensors'])
  })

  it('do not wait for one that was killed', async () => {
    hosts.set({ ...good, cutAfter: 300_000 })
    await expect(run({ patience: once })).rejects.toThrow()
    const [part = ''] = await left()
    await writeFile(join(folder, `${part}.lock`), 'of-one-that-is-dead 000000000042')
    hosts.set(good)
    await expect(run()).resolves.toMatchObject({ sha256: sha256(content) })
    expect(await left()).toEqual(['lustify.safetensors'])
  })

  it('part where one takes over from the other, which says so and leaves the file alone', async () => {
    hosts.set({ ...good, status: 502 })
    const begun = run({ patience: { ...patience, tries: 50, firstPauseMs: 900 } })
    const isTrying = () => states.some((text) => text.includes('Trying again'))
    await expect.poll(isTrying, { interval: 5 }).toBe(true)
    const [lock = ''] = (await left()).filter((name) => name.endsWith('.lock'))
    await writeFile(join(folder, lock), 'somebody-else 000000000001')
    await expect(begun).rejects.toThrow('Another process has taken over')
    expect(await left()).toContain(lock)
  })
})

describe('a host', () => {
  it.each([429, 503])(
    'that answers %i without a time is asked again all the same',
    async (status) => {
      hosts.set({ ...good, status })
      const line = {
        state(text: string) {
          if (text.includes('Trying again')) hosts.set(good)
        },
      }
      await expect(run({ line })).resolves.toMatchObject({ sha256: sha256(content) })
    },
  )

  it('of models says where to look at what it asks for, and no sentence has what is in a query', () => {
    const origins = { huggingFace: 'https://huggingface.co', civitai: 'https://civitai.com' }
    const asked = (url: string) => sourceOf(url, { huggingFace: 'h', civitai: 'c' }, origins)
    const download = 'https://civitai.com/api/download/models/12345?token=hush'
    expect(asked(download).page.href).toBe('https://civitai.com/model-versions/12345')
    expect(asked(download).url.href).not.toContain('hush')
    for (const url of [
      'https://civitai.com/models/1?token=hush',
      'https://huggingface.co/a?t=hush',
    ]) {
      expect(() => asked(url)).toThrow(/^(?!.*hush).*names no/)
    }
  })
})

describe('npm run models', () => {
  const command = (
    words: readonly string[],
    { shell = '', ...variables }: Record<string, string>,
  ) =>
    new Promise<{ status: unknown; said: string }>((resolve) => {
      const main = [process.execPath, ...typescriptLoader(), join(import.meta.dirname, 'main.ts')]
      const script = `${shell} exec "$@"`
      const env = { PATH: process.env.PATH, HF_ENDPOINT: hosts.origin, ...variables }
      const run = ['--mount', 'sh', '-c', script, 'sh', ...main, ...words]
      const [file = '', ...rest] = shell === '' ? [...main, ...words] : ['unshare', ...run]
      execFile(file, rest, { env }, (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, said: stdout + stderr }),
      )
    })

  it('ends at once where the disk is too small, though the host is still giving', async () => {
    hosts.set({ content: Buffer.alloc(30_000_000), claims: 1e15 })
    const { status, said } = await command(['pull', page(), '--to', folder], {})
    expect(said).toMatch(/the rest of the file takes 1000000\.00 GB: free some/)
    expect(status).toBe(1)
  })

  it('says of a token that none can be so, and does not show it', async () => {
    const { status, said } = await command(['pull', page(), '--to', folder], {
      HF_TOKEN: 'hf_first\nhf_second',
    })
    expect([status, said]).toEqual([1, expect.stringMatching(/HF_TOKEN has a blank or a letter/)])
    expect(said).not.toMatch(/hf_/)
  })

  it('names what is to be mounted where there is no volume', async () => {
    const { status, said } = await command(['pull', page(), '--to', '/dev/null/volume'], {})
    expect(status).toBe(1)
    expect(said).toMatch(/^models: \/dev\/null\/volume cannot be written .*: attach the volume/m)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'says of a volume that is read-only that it is (skipped where no root may mount one)',
    async () => {
      const shell = `mount -t tmpfs -o ro tmpfs "${folder}";`
      const { status, said } = await command(['pull', page(), '--to', folder], { shell })
      expect(status).toBe(1)
      expect(said).toMatch(/mounted for reading alone: mount it for writing/)
    },
  )
})
