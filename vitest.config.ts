import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** A minute or so each; begun last, as small files are, they would leave a core idle at the end. */
const longest = [
  'bench/parity/parity',
  'bench/accounting/',
  'start.',
  'worker/cli/cli.',
  'embedded/',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId)
      const index = longest.findIndex((beginning) => path.startsWith(beginning))
      return index === -1 ? longest.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.data/**'],
    // These say when to give up, and cost nothing where all is well: a loaded machine takes ten times as long for every step.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // PGlite's WebAssembly lives for seconds here: to optimise it takes more than it gives, a quarter of a gateway's test.
    execArgv: ['--liftoff-only'],
  },
})
