import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { type Ended, ended, startProgram } from '#platform/program.case.ts'
import { temporaryFolder } from '#worker/cli/i2i.case.ts'
import { hasProvider } from '#worker/engine/cuda-provider.ts'

const home = await temporaryFolder()
afterAll(() => home[Symbol.asyncDispose]())
const checkpoint = await writeCheckpoint(home.path, 'tiny-single')

/** Of a container, too, which shows the GPU of its machine on the bus. */
const hasNvidia = ['/dev/nvidiactl', '/dev/dxg', '/proc/driver/nvidia'].some(existsSync)

/** The doctor as a person calls it, with no more of the tester's environment than these. */
function doctor(typed: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const main = new URL('./main.ts', import.meta.url)
  return ended(startProgram(main, typed, { cwd: home.path, variables }))
}

interface Finding {
  readonly name: string
}

function named(stdout: string): Record<string, Finding> {
  const { findings }: { readonly findings: readonly Finding[] } = JSON.parse(stdout)
  return Object.fromEntries(findings.map((finding) => [finding.name, finding]))
}

describe.skipIf(hasNvidia).concurrent('the doctor', () => {
  it('is content with a CPU, and says so for programs', async () => {
    const { status, stdout, stderr } = await doctor(['--json'], { SDXL_CHECKPOINT: checkpoint })
    expect(status, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true })
    expect(named(stdout)).toMatchObject({
      'Node.js': { status: 'ok', found: process.versions.node },
      'ONNX Runtime': { status: 'ok', found: expect.stringMatching(/^1\.29\.0, runs on /) },
      sharp: { status: 'ok' },
      GPU: { status: 'ok', found: expect.stringMatching(/^none seen: .* about \d+ s a picture/) },
      checkpoint: {
        status: 'ok',
        found: expect.stringMatching(
          /tiny-single\.safetensors \(SDXL, single-file, .*128 × 128 pixels\)$/,
        ),
      },
    })
    expect(named(stdout)).not.toHaveProperty('CUDA provider')
  })

  it('is not where CUDA was asked for, and names all that is in the way', async () => {
    const { status, stdout } = await doctor([], { DEVICE: 'cuda', SDXL_CHECKPOINT: 'none.sft' })
    expect(status).toBe(1)
    expect(stdout).toContain('missing  GPU             no NVIDIA GPU: no nvidia-smi')
    expect(stdout).toContain(
      hasProvider()
        ? 'ok       CUDA provider   '
        : "missing  CUDA provider   ONNX Runtime's CUDA provider is not in ",
    )
    expect(stdout).toMatch(/missing {2}CUDA libraries {2}the loader finds no lib/)
    expect(stdout).toContain(
      `wrong    checkpoint      No such file: ${join(home.path, 'none.sft')}`,
    )
    expect(stdout).toMatch(/\n\n\d things stand in the way: GPU, .*, checkpoint\.\n$/)
  })

  it('wants CUDA where there is a GPU', async () => {
    const tool = join(home.path, 'nvidia-smi')
    const csv = 'NVIDIA GeForce RTX 4090, 550.107.02, 24564, 24552, [N/A], 8.9'
    await writeFile(tool, `#!/bin/sh\necho "${csv}"\n`)
    await chmod(tool, 0o755)
    const PATH = `${home.path}:${process.env.PATH}`
    const { status, stdout } = await doctor(['--json'], { PATH })
    expect(status).toBe(1)
    expect(named(stdout)).toMatchObject({
      GPU: { status: 'ok', found: 'NVIDIA GeForce RTX 4090, 25.8 GB, compute capability 8.9' },
      'GPU driver': {
        status: 'wrong',
        found: '550.107.02 is too old for CUDA 13, which needs 580 or newer',
      },
      'GPU memory': { status: 'ok' },
      'CUDA libraries': { status: 'missing', isInTheWay: true },
      checkpoint: { status: 'missing', isInTheWay: false },
    })
  })

  it('refuses what it does not know in one line', async () => {
    const { status, stderr } = await doctor([], { DEVICE: 'gpu' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^doctor: In the environment: DEVICE must be one of auto, .*\.\n$/)
  })
})
