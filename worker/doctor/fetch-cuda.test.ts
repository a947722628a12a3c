import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canHaveProvider } from '#worker/engine/cuda-provider.ts'
import { type FetchOptions, fetchCuda } from './fetch-cuda.ts'
import { type PinnedProvider, pinnedProvider } from './pinned-provider.ts'

const home = await mkdtemp(join(tmpdir(), 'i2i-fetch-'))
const binding = join(home, 'binding')
const never = new AbortController().signal
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The real pins, but for what the files are: small ones, of a package in a registry of our own. */
const pinned: PinnedProvider = {
  ...pinnedProvider,
  source: 'i2i-test-provider@1.0.0',
  folder: 'package/Plugins/Linux/x64',
  downloadBytes: 1000,
  files: pinnedProvider.files.map(({ name }) => ({ name, bytes: 20, sha256: sha256(name) })),
}
const names = pinned.files.map(({ name }) => name)

let registry: Server
/** Whether the archive is sent, or waited for. */
let send = (response: ServerResponse, archive: Buffer): unknown => response.end(archive)

beforeAll(async () => {
  await mkdir(binding)
  const libraries = join(home, pinned.folder)
  await mkdir(libraries, { recursive: true })
  for (const name of [...names, 'another.so']) await writeFile(join(libraries, name), name)
  await writeFile(
    join(home, 'package/package.json'),
    '{"name": "i2i-test-provider", "version": "1.0.0"}',
  )
  const archive = execFileSync('tar', ['-cz', '-C', home, 'package'])
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  registry = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return send(response, archive)
    const tarball = `http://${request.headers.host}/i2i-test-provider.tgz`
    const version = { name: 'i2i-test-provider', version: '1.0.0', dist: { tarball, integrity } }
    const versions = { '1.0.0': version }
    response.end(JSON.stringify({ name: version.name, 'dist-tags': { latest: '1.0.0' }, versions }))
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  const address = registry.address()
  if (address === null || typeof address === 'string') throw new Error('the registry has no port')
  process.env.npm_config_registry = `http://127.0.0.1:${address.port}`
  process.env.npm_config_fetch_retries = '0'
})
afterAll(async () => {
  registry.close()
  await rm(home, { recursive: true })
})

function fetchHere(options: Partial<FetchOptions> = {}): { done: Promise<string>; said: string[] } {
  const said: string[] = []
  const stream = { write: (text: string) => said.push(text) }
  return { said, done: fetchCuda({ stream, signal: never, pinned, folder: binding, ...options }) }
}

test.runIf(canHaveProvider)('a file of other bytes than pinned is not installed', async () => {
  const files = pinned.files.map((file) => ({ ...file, sha256: sha256('other') }))
  const { done } = fetchHere({ pinned: { ...pinned, files } })
  await expect(done).rejects.toThrow(
    `${names[0]} in i2i-test-provider@1.0.0 is not the one that is pinned (sha256 ${sha256(names[0] ?? '')}, not ${sha256('other')}): it was not installed.`,
  )
  expect(await readdir(binding)).toEqual([])
})

test.runIf(canHaveProvider)('a fetch that is cancelled leaves nothing behind', async () => {
  const controller = new AbortController()
  const before = send
  send = () => controller.abort()
  await expect(fetchHere({ signal: controller.signal }).done).rejects.toThrow('aborted')
  send = before
  expect(await readdir(binding)).toEqual([])
})

test.runIf(canHaveProvider)('both files are installed once, and no others', async () => {
  const abandoned = join(binding, '.fetching-cuda-killed')
  await mkdir(abandoned)
  await utimes(abandoned, 0, 0)
  const first = fetchHere()
  expect(await first.done).toContain(`The CUDA provider of ONNX Runtime 1.29.0 is in ${binding}.`)
  expect(first.said).toEqual([
    'fetching i2i-test-provider@1.0.0 (0 MB)\n',
    'unpacking and checking\n',
  ])
  expect((await readdir(binding)).toSorted()).toEqual(names.toSorted())
  for (const name of names) expect(await readFile(join(binding, name), 'utf8')).toBe(name)
  const second = fetchHere()
  expect(await second.done).toBe(`The CUDA provider is there already, in ${binding}.`)
  expect(second.said).toEqual([])
})

test.runIf(canHaveProvider)(
  'a damaged file is replaced, or kept where the registry is out of reach',
  async () => {
    const file = join(binding, names[1] ?? '')
    await writeFile(file, 'damaged')
    registry.closeAllConnections()
    await new Promise((resolve) => registry.close(resolve))
    await expect(fetchHere().done).rejects.toThrow(
      "npm could not fetch i2i-test-provider@1.0.0: the registry refused the connection: look at npm's registry and proxy settings.",
    )
    expect(await readFile(file, 'utf8')).toBe('damaged')
    expect((await readdir(binding)).toSorted()).toEqual(names.toSorted())
  },
)

test.runIf(canHaveProvider)(
  'a disk that is too full is named before anything is fetched',
  async () => {
    await expect(fetchHere({ pinned: { ...pinned, downloadBytes: 1e18 } }).done).rejects.toThrow(
      /^The disk is too full: fetching the CUDA provider takes 2000000000\.0 GB, and [\d.]+ GB are free for /,
    )
  },
)

test.runIf(canHaveProvider)(
  'a provider for another runtime than is installed is refused',
  async () => {
    await expect(fetchHere({ pinned: { ...pinned, runtime: '1.28.0' } }).done).rejects.toThrow(
      'ONNX Runtime 1.29.0 is installed, and the provider is for 1.28.0: run npm ci first.',
    )
  },
)
