import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** A minute or so each; begun last, as small files are, they would leave a core idle at the end. */
const longest = ['bench/parity/parity.', 'bench/accounting/', 'start.', 'embedded/']

/** These ask what their own process takes or holds, or wait for moments that a busy one would miss, and have one of their own. */
const measuring = [
  '**/faults/*.test.ts',
  'gateway/events/open-and-close.test.ts',
  'gateway/negative-prompts/fit-window.test.ts',
  'gateway/negative-prompts/terms.test.ts',
  'gateway/surfaces/sdapi-request.test.ts',
  'models/checkpoints/checkpoint.test.ts',
  'models/tokenizers/clip-token-count.test.ts',
  'platform/fetch/{bombs,guarded-fetch}.test.ts',
  'platform/image/{corpus,decode}.test.ts',
  'platform/within.test.ts',
  'policy/screen.test.ts',
  'policy/words/{ages-beside-gender,find-signs,misspelled}.test.ts',
  'worker/pipeline/prompt/compel-grammar.test.ts',
  'worker/queue/withhold.test.ts',
  'contract/job/compel-weights.test.ts',
]

class LongestFirst extends BaseSequencer {
  /** All that share a process come last and together: it lives until another kind's turn comes. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      if (!project.config.isolate) return longest.length + 1
      const path = relative(this.ctx.config.root, moduleId)
      const index = longest.findIndex((beginning) => path.startsWith(beginning))
      return index === -1 ? longest.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

const alone = [...longest.map((beginning) => `${beginning}**.test.ts`), ...measuring]
const nowhere = ['node_modules/**', '.data/**']

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'alone', include: alone, exclude: nowhere } },
      // Most of a small file is what it imports, the same for many: in one process they run one after another, and import it once.
      {
        extends: true,
        test: {
          ...{ name: 'together', isolate: false },
          ...{ include: ['**/*.test.ts'], exclude: [...nowhere, ...alone] },
        },
      },
    ],
    setupFiles: ['platform/set-up-file.case.ts'],
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
