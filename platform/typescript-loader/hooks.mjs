/**
 * Loads our sources as tsx translates them, and keeps each translation: tsx itself takes a quarter of a second to load,
 * and looks at every file of every package besides, which is half of what a child process takes to start.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { version } = createRequire(import.meta.url)('tsx/package.json')
const root = new URL('../../', import.meta.url)
const kept = new URL(`node_modules/.cache/typescript-loader/${version}/`, root)

/** One of Node's module customization hooks. Packages, and whatever else is no TypeScript, are Node's own to load. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(fileURLToPath(url))
  // By the address too, which stack traces name.
  const name = createHash('sha256').update(url).update('\0').update(source).digest('hex')
  const file = new URL(`${name}.js`, kept)
  const translation = read(file) ?? keep(file, await translate(url, context, nextLoad))
  return { format: 'module', source: translation, shortCircuit: true }
}

function read(file) {
  try {
    return readFileSync(file)
  } catch {
    // It was never translated as it stands.
    return undefined
  }
}

let tsx

async function translate(url, context, nextLoad) {
  tsx ??= initialized()
  const { source } = await (await tsx).load(url, { ...context, format: 'module' }, nextLoad)
  return source
}

async function initialized() {
  const loaded = await import('tsx/esm')
  await loaded.initialize({ tsconfig: fileURLToPath(new URL('tsconfig.json', root)) })
  return loaded
}

/** Whole or not at all, since many processes may start at once. */
function keep(file, translation) {
  try {
    mkdirSync(kept, { recursive: true })
    const own = new URL(`${file.href}.${process.pid}`)
    writeFileSync(own, translation)
    renameSync(own, file)
  } catch {
    // Where nothing can be written every start translates anew, as tsx alone would.
  }
  return translation
}
