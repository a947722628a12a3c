/** Where CUDA's libraries come from, and where they may lie although the loader does not look there. */
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'

interface Source {
  /** Of PyPI, with the versions that fit. */
  readonly pip: string
  /** Of NVIDIA's own repository for Debian and Ubuntu. */
  readonly apt: string
  /** Where in pip's target folder it is put. */
  readonly folder: string
}

const cublas = { pip: 'nvidia-cublas~=13.0', apt: 'libcublas-13-0', folder: 'nvidia/cu13/lib' }

/** What the pinned provider needs (its NEEDED entries), and cuDNN, which it opens by itself. */
export const sources: Readonly<Record<string, Source>> = {
  'libcublasLt.so.13': cublas,
  'libcublas.so.13': cublas,
  'libcudart.so.13': {
    pip: 'nvidia-cuda-runtime~=13.0',
    apt: 'cuda-cudart-13-0',
    folder: 'nvidia/cu13/lib',
  },
  'libcurand.so.10': {
    pip: 'nvidia-curand~=10.0',
    apt: 'libcurand-13-0',
    folder: 'nvidia/cu13/lib',
  },
  'libcudnn.so.9': {
    pip: 'nvidia-cudnn-cu13~=9.0',
    apt: 'libcudnn9-cuda-13',
    folder: 'nvidia/cudnn/lib',
  },
}

/** One command. Libraries that lie somewhere need only be pointed at; the rest is fetched into `folder`. */
export function mendForLibraries(
  names: readonly string[],
  {
    elsewhere,
    folder,
  }: { readonly elsewhere: ReadonlyMap<string, string>; readonly folder: string },
): string {
  const absent = names.filter((name) => !elsewhere.has(name))
  const known = absent.flatMap((name) => sources[name] ?? [])
  const lying = names.flatMap((name) => elsewhere.get(name) ?? [])
  const folders = new Set([...lying, ...known.map((source) => join(folder, source.folder))])
  const point = `export LD_LIBRARY_PATH="${[...folders].join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`
  if (known.length === 0) return point
  const [pip, apt] = [unique(known.map((one) => one.pip)), unique(known.map((one) => one.apt))]
  return `pip install --target ${folder} ${pip} && ${point} (or, from NVIDIA's repository: apt-get install ${apt})`
}

/** Folders where packages of Python, Conda and CUDA's own installer put libraries; `*` stands for any name. */
export function usualFolders(homes: readonly string[], own: string): string[] {
  const pythons = [...homes, '/usr/local', '/usr', '/opt/conda', '/opt/venv', '/venv']
  return [
    join(own, 'nvidia/*/lib'),
    '/usr/local/cuda*/lib',
    '/usr/local/cuda*/lib64',
    '/usr/local/cuda*/targets/x86_64-linux/lib',
    ...pythons.flatMap((home) => [
      join(home, 'lib/python3*/*-packages/nvidia/*/lib'),
      join(home, 'lib'),
    ]),
  ]
}

/** The first folder that has it, by library, in the order of `patterns`. */
export async function findLibraries(
  names: readonly string[],
  patterns: readonly string[],
): Promise<Map<string, string>> {
  const folders = (await Promise.all(patterns.map(expand))).flat()
  const found = new Map<string, string>()
  for (const name of names) {
    const here = await Promise.all(folders.map((folder) => exists(join(folder, name))))
    const folder = folders[here.indexOf(true)]
    if (folder !== undefined) found.set(name, folder)
  }
  return found
}

async function expand(pattern: string): Promise<string[]> {
  let folders = ['/']
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const deeper = folders.map(async (folder) => {
      if (!segment.includes('*')) return [join(folder, segment)]
      const fitting = new RegExp(`^${segment.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
      const names = await readdir(folder).catch(() => [])
      return names.filter((name) => fitting.test(name)).map((name) => join(folder, name))
    })
    folders = (await Promise.all(deeper)).flat()
  }
  return folders
}

const unique = (words: readonly string[]): string => [...new Set(words)].join(' ')

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
