/** What stands between us and the GPU: driver, CUDA's libraries, and whether ONNX Runtime's provider runs a node. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { chooseDevice } from '#worker/engine/choose-device.ts'
import type { Steps } from '../part-task.ts'
import { elapsed } from '../timing.ts'

export const steps: Steps = ({ device }) => [
  {
    name: 'driver',
    run(report) {
      const values = command('nvidia-smi', [
        `--query-gpu=${facts.join()}`,
        '--format=csv,noheader',
      ]).split('\n')
      const [first = ''] = values
      const found = Object.fromEntries(first.split(', ').map((value, i) => [facts[i], value]))
      report({ what: 'driver', cards: values.length, ...found })
    },
  },
  {
    name: 'provider libraries',
    async run(report) {
      const file = providerFile()
      const linked = command('ldd', [file]).split('\n')
      const lines = linked
        .map((line) => line.trim())
        .filter((line) => /cu(da|blas|rand|dnn|fft)/.test(line))
      const missing = linked.filter((line) => line.includes('not found')).map(firstWord)
      const row = { what: 'provider libraries', file, sha256: await sha256(file), linked: lines }
      report(missing.length > 0 ? { ...row, failed: `missing: ${missing.join(', ')}` } : row)
    },
  },
  {
    // Loaded by name at run time, so that no linker says whether they are there.
    name: 'library versions',
    run(report) {
      const found = versions.parse(JSON.parse(command('python3', ['-c', ASK_VERSIONS])))
      report({ what: 'library versions', ...found })
    },
  },
  {
    name: 'provider',
    async run(report) {
      const ms = await elapsed(() => chooseDevice(device))
      report({ what: 'provider', device, firstNodeMs: ms })
    },
  },
]

/** As `nvidia-smi --help-query-gpu` names them. */
const facts = [
  'name',
  'driver_version',
  'memory.total',
  'memory.used',
  'compute_cap',
  'clocks.sm',
  'clocks.max.sm',
  'clocks.max.mem',
  'power.limit',
  'temperature.gpu',
  'pcie.link.gen.current',
  'utilization.gpu',
]

/** Numbers, or why a library was not loaded. */
const versions = z.record(z.string(), z.union([z.number(), z.string()]))

const ASK_VERSIONS = `
import ctypes, json
def ask(library, function, by_pointer):
    try:
        call = getattr(ctypes.CDLL(library), function)
        if not by_pointer:
            call.restype = ctypes.c_size_t
            return call()
        number = ctypes.c_int()
        call(ctypes.byref(number))
        return number.value
    except Exception as error:
        return str(error)
print(json.dumps({
    "cudnn": ask("libcudnn.so.9", "cudnnGetVersion", False),
    "cublasLt": ask("libcublasLt.so.13", "cublasLtGetVersion", False),
    "cudaRuntime": ask("libcudart.so.13", "cudaRuntimeGetVersion", True),
    "cudaDriver": ask("libcuda.so.1", "cuDriverGetVersion", True),
    "cufft": ask("libcufft.so.12", "cufftGetVersion", True),
}))
`

function providerFile(): string {
  const root = join(
    dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    'bin',
  )
  const folders = existsSync(root) ? readdirSync(root) : []
  const files = folders.map((folder) =>
    join(root, folder, 'linux', process.arch, 'libonnxruntime_providers_cuda.so'),
  )
  const file = files.find((one) => existsSync(one))
  if (!file) throw new Error(`no libonnxruntime_providers_cuda.so under ${root}`)
  return file
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

const firstWord = (line: string): string => line.trim().split(' ')[0] ?? ''

function command(name: string, options: readonly string[]): string {
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  return execFileSync(name, [...options], { encoding: 'utf8', stdio: [...stdio] }).trim()
}
