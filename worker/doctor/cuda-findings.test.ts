import { describe, expect, it } from 'vitest'
import { cudnnFinding, librariesFinding, providerFinding, trialFinding } from './cuda-findings.ts'
import { pinnedProvider } from './pinned-provider.ts'

const folder = '/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64'
const pinned = pinnedProvider.files.at(-1)?.sha256 ?? ''
const cuda13 = ['libcublasLt.so.13', 'libcudart.so.13', 'libcuda.so.1', 'libc.so.6']
const fetching = 'npm run doctor -- --fetch-cuda'

describe('the provider', () => {
  it('that is pinned is right for its version of the runtime alone', () => {
    const facts = { folder, provider: { sha256: pinned, needs: cuda13 } }
    expect(providerFinding(facts, '1.29.0').status).toBe('ok')
    expect(providerFinding(facts, '1.30.0')).toMatchObject({
      status: 'wrong',
      found: 'the provider is for ONNX Runtime 1.29.0, and 1.30.0 is installed',
      isInTheWay: true,
    })
  })

  it('that is absent can be fetched', () => {
    const finding = providerFinding({ folder }, '1.29.0')
    expect(finding).toMatchObject({ status: 'missing', mend: fetching, isInTheWay: true })
  })

  it('for another CUDA is told by the libraries that it needs', () => {
    const provider = { sha256: 'ab'.repeat(32), needs: ['libcudart.so.12', 'libcuda.so.1'] }
    expect(providerFinding({ folder, provider }, '1.29.0')).toMatchObject({
      status: 'wrong',
      found: 'the provider is for CUDA 12, not for CUDA 13',
      mend: fetching,
      isInTheWay: true,
    })
  })

  it('of another build is told, and left to run', () => {
    // PyPI's onnxruntime-gpu 1.29.0.
    const sha256 = '833d827e5de8030e541ccf6345f1a3e07c53ae9f3302930a1273035dd665e969'
    expect(
      providerFinding({ folder, provider: { sha256, needs: cuda13 } }, '1.29.0'),
    ).toMatchObject({
      status: 'wrong',
      found: expect.stringContaining('(sha256 833d827e…, not 56cf3254…)'),
      isInTheWay: false,
    })
  })

  it('that was cut short is fetched again', () => {
    const provider = { sha256: 'ab'.repeat(32), needs: [], damage: 'x is not whole.' }
    const finding = providerFinding({ folder, provider }, '1.29.0')
    expect(finding).toMatchObject({ status: 'wrong', found: 'x is not whole', mend: fetching })
  })
})

describe('the libraries', () => {
  const facts = { elsewhere: new Map<string, string>(), folder: '/app/.data/cuda' }

  it('are all named, with the packages that bring them and where the loader must look', () => {
    const absent = ['libcublasLt.so.13', 'libcublas.so.13', 'libcuda.so.1', 'libcudnn.so.9']
    const { found, mend } = librariesFinding({ ...facts, absent })
    expect(found).toBe('the loader finds no libcublasLt.so.13, libcublas.so.13')
    expect(mend).toBe(
      'pip install --target /app/.data/cuda nvidia-cublas~=13.0 nvidia-cudnn-cu13~=9.0 && ' +
        'export LD_LIBRARY_PATH="/app/.data/cuda/nvidia/cu13/lib:/app/.data/cuda/nvidia/cudnn/lib' +
        `\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ` +
        "(or, from NVIDIA's repository: apt-get install libcublas-13-0 libcudnn9-cuda-13)",
    )
  })

  it('that lie elsewhere need only be pointed at', () => {
    const elsewhere = new Map([['libcurand.so.10', '/opt/conda/lib']])
    const { mend } = librariesFinding({ ...facts, absent: ['libcurand.so.10'], elsewhere })
    expect(mend).toBe(
      `export LD_LIBRARY_PATH="/opt/conda/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    )
  })

  it('of the driver come with it, not from a package', () => {
    const finding = librariesFinding({ ...facts, absent: ['libcuda.so.1'] })
    expect(finding).toMatchObject({ status: 'missing', isInTheWay: true })
    expect(finding.mend).not.toContain('pip')
  })

  it('that crash whoever loads them are not taken for sound', () => {
    const problem = 'the process that tried it crashed (SIGSEGV)'
    expect(librariesFinding({ ...facts, absent: [], problem })).toMatchObject({
      status: 'wrong',
      found: `they cannot be loaded: ${problem}`,
      isInTheWay: true,
    })
  })

  it('lack cuDNN, which the provider does not name as a need', () => {
    const finding = cudnnFinding({ ...facts, absent: ['libcudnn.so.9'] })
    expect(finding).toMatchObject({ status: 'missing', isInTheWay: true })
    expect(finding?.mend).toContain(
      'pip install --target /app/.data/cuda nvidia-cudnn-cu13~=9.0 &&',
    )
    expect(cudnnFinding({ ...facts, absent: [] })).toMatchObject({ status: 'ok' })
  })
})

it('a node that did not run stands in the way, whatever else is well', () => {
  expect(trialFinding({ missing: [] }).status).toBe('ok')
  const problem = 'the process that tried it crashed (SIGSEGV)'
  expect(trialFinding({ problem, missing: [] })).toMatchObject({
    status: 'wrong',
    found: `nothing runs on the GPU: ${problem}`,
    isInTheWay: true,
  })
})
