/** One life of the engine's process. */

import type { Progress } from '#pipeline/stages.ts'
import { WatchedProcess } from '#platform/child/watched-process.ts'
import type { Deadlines } from './deadlines.ts'
import type { Answers, Command } from './messages.ts'
import { networkProcess } from './network-process.ts'

export class EngineProcess extends WatchedProcess<Command, Answers, Progress> {
  /** @param gpu that the process is to see alone, as nvidia-smi numbers it. */
  constructor(deadlines: Deadlines, gpu?: number) {
    const program = new URL('./child.ts', import.meta.url)
    super(networkProcess({ name: 'engine', program, deadlines, gpu, sizeOf }))
  }
}

const sizeOf = (command: Command): string =>
  command.kind === 'run' ? ` at ${command.request.width}×${command.request.height}` : ''
