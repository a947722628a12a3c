/** One life of the enhancer's process. */
import { WatchedProcess } from '#platform/child/watched-process.ts'
import type { Deadlines } from '#worker/engine/deadlines.ts'
import { networkProcess } from '#worker/engine/network-process.ts'
import type { Answers, Command, LoadProgress } from './messages.ts'

export class EnhancerProcess extends WatchedProcess<Command, Answers, LoadProgress> {
  /** @param gpu that the process is to see alone, as nvidia-smi numbers it. */
  constructor(deadlines: Deadlines, gpu?: number) {
    const program = new URL('./child.ts', import.meta.url)
    super(networkProcess({ name: 'enhancer', program, deadlines, gpu }))
  }
}
