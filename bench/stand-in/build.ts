/** Compiles the stand-in for CUDA's libraries: one library under the names that ONNX Runtime's provider asks for. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '#contract'

const names = [
  'libcudart.so.13',
  'libcublas.so.13',
  'libcublasLt.so.13',
  'libcuda.so.1',
  'libcurand.so.10',
  'libcudnn.so.9',
  'libcudnn.so',
]

const sources = fileURLToPath(new URL('libraries', import.meta.url))

/** The folder to put into LD_LIBRARY_PATH, made where it is not there yet. Throws where there is no C compiler. */
export async function buildStandIn(): Promise<string> {
  const files = (await readdir(sources)).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(join(sources, file)))
  const version = hash.digest('hex').slice(0, 12)
  const folder = fileURLToPath(new URL(`../../.data/stand-in/${version}`, import.meta.url))
  if (await exists(folder)) return folder

  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(`${folder}.`)
  try {
    await compile(files, join(temporary, 'libstand-in.so'))
    for (const name of names) await symlink('libstand-in.so', join(temporary, name))
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
  return folder
}

async function compile(files: readonly string[], output: string): Promise<void> {
  const units = files.filter((file) => file.endsWith('.c')).map((file) => join(sources, file))
  const versions = `-Wl,--version-script=${join(sources, 'exports.map')}`
  try {
    await promisify(execFile)('cc', [
      '-w',
      '-O1',
      '-shared',
      '-fPIC',
      ...units,
      versions,
      '-o',
      output,
    ])
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (!isMissing) throw cause
    const mend = 'Install one (apt-get install gcc libc6-dev).'
    throw new Failure('request-invalid', `The stand-in needs a C compiler, cc. ${mend}`, { cause })
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
