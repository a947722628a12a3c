/** The shape of the tree, checked: which folder may know which, no cycles, no file over 300 lines. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const MOST_LINES = 300

/** What each folder may import, beside itself. The most particular row counts. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  platform: ['contract'],
  policy: ['contract', 'platform'],
  models: ['contract'],
  worker: ['contract', 'platform', 'policy', 'models', 'worker/pipeline'],
  'worker/pipeline': ['contract', 'models'],
  gateway: ['contract', 'platform', 'policy', 'models/tokenizers'],
  embedded: ['contract', 'platform', 'policy', 'models', 'worker', 'worker/pipeline', 'gateway'],
  deploy: ['contract', 'platform'],
  bench: ['contract', 'platform', 'policy', 'models', 'worker', 'worker/pipeline', 'gateway'],
}

/**
 * Packages that few files may import: native code, and what must be set up before its first use. ONNX Runtime opens our
 * own graphs in the one, and in the other an operator's classifier, to which nothing is granted that those need.
 */
const importersOf: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['policy/image/open-network.ts', 'worker/engine/session.ts'],
  sharp: ['platform/image/sharp.ts'],
  ioredis: ['platform/redis/connect.ts'],
  '@huggingface/transformers': ['models/tokenizers/clip.ts', 'models/tokenizers/qwen.ts'],
  'onnx-buf': ['models/graph/onnx.ts'],
}

interface Import {
  readonly from: string
  readonly specifier: string
  /** Erased before anything runs. */
  readonly isType: boolean
}

const aliases: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'),
).imports

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !/(^|\/)(node_modules|\.)/.test(file),
)
const isTest = (file: string) => /\.(test|case)\.ts$|(^|\/)goldens\//.test(file)
const sources = files.filter((file) => !isTest(file))
const imports = sources.flatMap(importsOf)

describe('the tree', () => {
  it('has no file over 300 lines', () => {
    const long = files.filter((file) => read(file).split('\n').length > MOST_LINES + 1)
    expect(long).toEqual([])
  })

  it('has arrows that point one way', () => {
    const wrong = imports.flatMap(({ from, specifier }) => {
      const target = resolve(from, specifier)
      if (!target) return []
      const [here, there] = [folderOf(from), folderOf(target)]
      if (here === there || !here) return []
      const isAllowed = (arrows[here] ?? []).some((folder) => isInside(target, folder, there))
      return isAllowed ? [] : [`${from} imports ${target}`]
    })
    expect(wrong).toEqual([])
  })

  it('has no cycles', () => {
    const edges = new Map<string, string[]>(sources.map((file) => [file, []]))
    for (const { from, specifier, isType } of imports) {
      const target = isType ? undefined : resolve(from, specifier)
      if (target) edges.get(from)?.push(target)
    }
    expect(cyclesIn(edges)).toEqual([])
  })

  it.each(Object.entries(importersOf))('imports %s in %s alone', (name, homes) => {
    const importers = imports.filter(({ specifier, isType }) => specifier === name && !isType)
    expect([...new Set(importers.map(({ from }) => from))].toSorted()).toEqual(homes)
  })

  it('reads the environment in files named config.ts alone, measurements aside', () => {
    const programs = sources.filter((file) => !file.startsWith('bench/'))
    const readers = programs.filter((file) => /process\.env\b/.test(read(file)))
    expect(readers.filter((file) => !/(^|\/)config\.ts$/.test(file))).toEqual([])
  })
})

function importsOf(from: string): Import[] {
  const pattern =
    /(?:^|\n)(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'/g
  return [...read(from).matchAll(pattern)].map(([, type, named, dynamic, bare]) => ({
    from,
    specifier: named ?? dynamic ?? bare ?? '',
    isType: type !== undefined,
  }))
}

/** The file that a specifier of ours names; undefined for packages. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier))
  for (const [alias, path] of Object.entries(aliases)) {
    const [start = '', end] = alias.split('*')
    if (end === undefined ? specifier === alias : specifier.startsWith(start)) {
      return normalize(path.replace('*', specifier.slice(start.length)))
    }
  }
  return undefined
}

function folderOf(file: string): string | undefined {
  const folders = Object.keys(arrows).filter((folder) => file.startsWith(`${folder}/`))
  return folders.toSorted((a, b) => b.length - a.length)[0]
}

/** A row names a whole folder, or one inside it. */
const isInside = (target: string, folder: string, there: string | undefined): boolean =>
  folder === there || (folder.includes('/') && target.startsWith(`${folder}/`))

function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = []
  const finished = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    } else if (!finished.has(file)) {
      for (const next of edges.get(file) ?? []) visit(next, [...path, file])
      finished.add(file)
    }
  }
  for (const file of edges.keys()) visit(file, [])
  return cycles
}

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
}
