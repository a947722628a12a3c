/** One life of the enhancer's process. */
import type { Deadlines } from '#worker/engine/deadlines.ts'
import { WatchedProcess } from '#worker/engine/watched-process.ts'
import type { Answers, Command, LoadProgress } from './messages.ts'

export class EnhancerProcess extends WatchedProcess<Command, Answers, LoadProgress> {
  /** @param gpu that the process is to see alone, as nvidia-smi numbers it. */
  constructor(deadlines: Deadlines, gpu?: number) {
    super({ name: 'enhancer', program: new URL('./child.ts', import.meta.url), deadlines, gpu })
  }
}
