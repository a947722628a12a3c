/** The full-size checkpoint of random weights, written beside the first parts, which need none. */
import { fullSizeCheckpoint } from '../../full-size-checkpoint.ts'
import type { Step } from '../part-task.ts'
import { elapsed } from '../timing.ts'

export const steps = (): readonly Step[] => [
  {
    name: 'checkpoint',
    async run(report) {
      let path = ''
      const ms = await elapsed(async () => {
        path = await fullSizeCheckpoint(console.log)
      })
      report({ what: 'checkpoint', path, ms })
    },
  },
]
