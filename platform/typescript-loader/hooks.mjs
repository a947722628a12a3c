/**
 * Loads our sources with their types taken out by esbuild, and keeps each translation: a start translates nothing but what
 * was changed since the last. Nothing is done that Node 24 does not do by itself; in particular functions are left as
 * they are written, whereas a loader that keeps the names of minified ones defines one anew at each call.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { version } = createRequire(import.meta.url)('esbuild/package.json')
const root = new URL('../../', import.meta.url)
const kept = new URL('node_modules/.cache/typescript-loader/', root)

/** As Node 24 reads them, for the oldest Node that runs this. */
const options = {
  loader: 'ts',
  format: 'esm',
  target: 'node20.19',
  sourcemap: 'inline',
  sourcesContent: false,
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
}
const translator = JSON.stringify([version, options])

/** One of Node's module customization hooks. Packages, and whatever else is no TypeScript, are Node's own to load. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(fileURLToPath(url))
  // By the address too, which stack traces name.
  const whole = [translator, url, source].reduce(
    (hash, part) => hash.update(part).update('\0'),
    createHash('sha256'),
  )
  const file = new URL(`${whole.digest('hex')}.js`, kept)
  const translation = read(file) ?? keep(file, await translate(url, source))
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

let esbuild

async function translate(url, source) {
  esbuild ??= import('esbuild')
  const { code } = await (await esbuild).transform(source, {
    ...options,
    sourcefile: fileURLToPath(url),
  })
  return code
}

/** Whole or not at all, since many processes may start at once. */
function keep(file, translation) {
  try {
    mkdirSync(kept, { recursive: true })
    const own = new URL(`${file.href}.${process.pid}`)
    writeFileSync(own, translation)
    renameSync(own, file)
  } catch {
    // Where nothing can be written every start translates anew.
  }
  return translation
}
