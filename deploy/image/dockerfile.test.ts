import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contextOf, createIgnore } from './context.ts'
import { readDockerfile } from './dockerfile.ts'

const root = join(import.meta.dirname, '..', '..')
const stages = readDockerfile(readFileSync(join(root, 'Dockerfile.runpod'), 'utf8'))
const image = stages.at(-1)
const steps = image?.steps ?? []

describe('the image', () => {
  it('copies nothing that the context or an earlier stage has not', () => {
    const context = contextOf(root)
    for (const [i, { steps }] of stages.entries()) {
      const earlier = stages.slice(0, i).map(({ name }) => name)
      for (const step of steps) {
        if (step.kind !== 'copy') continue
        if (step.from !== undefined) expect(earlier).toContain(step.from)
        else {
          const isThere = (source: string) =>
            context.some((path) => path === source || path.startsWith(`${source}/`))
          expect(step.sources.filter((source) => !isThere(source))).toEqual([])
        }
      }
    }
  })

  it('is given no test, no package and no secret', () => {
    const context = contextOf(root)
    expect(context).toContain('package-lock.json')
    expect(context.filter((path) => /\.(test|case)\.ts$|node_modules|^\.env/.test(path))).toEqual(
      [],
    )
  })

  it('does not run as root, and asks for CUDA and for the driver', () => {
    const user = steps.findLast((step) => step.kind === 'user')
    expect(user).toEqual({ kind: 'user', value: 'i2i' })
    const variables = Object.assign(
      {},
      ...steps.map((step) => (step.kind === 'env' ? step.variables : {})),
    )
    expect(variables).toMatchObject({
      DEVICE: 'cuda',
      NVIDIA_DRIVER_CAPABILITIES: 'compute,utility',
    })
    expect(steps.at(-1)).toEqual({ kind: 'cmd', words: ['worker'] })
  })
})

describe('a Dockerfile', () => {
  it('is read across continued lines and comments', () => {
    const text = 'FROM a AS b\nRUN one \\\n  # why\n  && two\nENV A=1 \\\n  B=x:y\n'
    expect(readDockerfile(text)[0]?.steps).toEqual([
      { kind: 'run', command: 'one && two' },
      { kind: 'env', variables: { A: '1', B: 'x:y' } },
    ])
  })

  it.each([
    'ADD x y',
    'RUN --mount=type=cache,target=/x true',
    'ENV A="b c"',
    'COPY --chown=1 a b',
    'RUN <<E',
  ])('is refused rather than misread: %s', (line) => {
    expect(() => readDockerfile(`FROM a AS b\n${line}\n`)).toThrow('does not understand')
  })
})

it('takes of .dockerignore’s lines the last that fits', () => {
  const isGiven = createIgnore('# all\n*\n!worker\n**/*.test.ts\n')
  const paths = ['worker/a.ts', 'worker/b/c.ts', 'worker/b/c.test.ts', 'bench/a.ts', 'a.ts']
  expect(paths.filter(isGiven)).toEqual(['worker/a.ts', 'worker/b/c.ts'])
})
