/** Verdicts on what CUDA needs beside a GPU: the provider, the libraries, and whether it really runs. */
import { CUDNN } from '#worker/engine/cuda-provider.ts'
import { mendForLibraries } from './cuda-libraries.ts'
import { bearable, type Finding, missing, ok, wrong } from './finding.ts'
import { DRIVER, type LibraryFacts } from './library-facts.ts'
import { pinnedProvider } from './pinned-provider.ts'
import type { ProviderFacts } from './provider-facts.ts'
import type { TrialResult } from './trial.ts'

const FETCH = 'npm run doctor -- --fetch-cuda'

const pinnedSha256 = pinnedProvider.files.at(-1)?.sha256 ?? ''

export function providerFinding({ folder, provider }: ProviderFacts, runtime: string): Finding {
  const { runtime: wanted, cudaMajor } = pinnedProvider
  if (!provider) return missing(`ONNX Runtime's CUDA provider is not in ${folder}`, FETCH)
  if (provider.damage !== undefined) return wrong(provider.damage.replace(/\.$/, ''), FETCH)
  if (provider.sha256 === pinnedSha256) {
    if (runtime === wanted) return ok(`${wanted} for CUDA ${cudaMajor}, the pinned build`)
    return wrong(
      `the provider is for ONNX Runtime ${wanted}, and ${runtime} is installed`,
      'npm ci',
    )
  }
  const major = cudaMajorOf(provider.needs)
  if (major !== undefined && major !== cudaMajor) {
    return wrong(`the provider is for CUDA ${major}, not for CUDA ${cudaMajor}`, FETCH)
  }
  const [theirs, ours] = [provider.sha256.slice(0, 8), pinnedSha256.slice(0, 8)]
  return bearable(
    wrong(
      `another build than the one for ${wanted} that is pinned (sha256 ${theirs}…, not ${ours}…)`,
      FETCH,
    ),
  )
}

/** 12 of `libcudart.so.12`; undefined where the provider needs no CUDA at all. */
function cudaMajorOf(needs: readonly string[]): number | undefined {
  const [runtime] = needs.flatMap((name) => /^libcudart\.so\.(\d+)$/.exec(name)?.[1] ?? [])
  return runtime === undefined ? undefined : Number(runtime)
}

export function librariesFinding(facts: LibraryFacts): Finding {
  const { absent, problem, elsewhere, folder } = facts
  if (problem !== undefined) {
    return wrong(`they cannot be loaded: ${problem}`, 'Install the NVIDIA driver and CUDA 13 anew.')
  }
  const names = absent.filter((name) => name !== CUDNN && name !== DRIVER)
  if (names.length > 0) {
    const found = `the loader finds no ${names.join(', ')}`
    return missing(
      found,
      mendForLibraries(
        absent.filter((name) => name !== DRIVER),
        { elsewhere, folder },
      ),
    )
  }
  if (!absent.includes(DRIVER)) return ok('the loader finds all that the provider needs')
  return missing(
    `the loader finds no ${DRIVER}, which comes with the driver`,
    'In a container, set NVIDIA_DRIVER_CAPABILITIES=compute,utility and start it with --gpus all; else install the driver.',
  )
}

export function cudnnFinding(facts: LibraryFacts): Finding | undefined {
  const { absent, problem, elsewhere, folder } = facts
  if (problem !== undefined) return undefined
  if (!absent.includes(CUDNN)) return ok(`the loader finds ${CUDNN}`)
  const isAlone = absent.every((name) => name === CUDNN || name === DRIVER)
  return missing(
    `the loader finds no ${CUDNN}, without which no convolution runs`,
    isAlone
      ? mendForLibraries([CUDNN], { elsewhere, folder })
      : 'The command above brings it, too.',
  )
}

export function trialFinding({ problem }: TrialResult): Finding {
  if (problem === undefined) return ok('a convolution ran on the GPU')
  return wrong(
    `nothing runs on the GPU: ${problem}`,
    'Mend what stands above, restart the machine, or do without: export DEVICE=cpu',
  )
}
