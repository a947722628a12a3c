/** How a process that runs networks is started and watched: deadlines that are learnt by stage, and deaths in words. */
import { Failure } from '#contract'
import { isOutOfMemory } from '#platform/child/out-of-memory.ts'
import type { Ending, ProcessOptions } from '#platform/child/watched-process.ts'
import { environmentOn } from '#worker/gpu/config.ts'
import type { Deadlines } from './deadlines.ts'

export interface NetworkProcess<Command> {
  /** As it is called in sentences, such as `engine`. */
  readonly name: string
  /** The file that it runs. */
  readonly program: URL
  readonly deadlines: Deadlines
  /** That the process is to see alone, as nvidia-smi numbers it. */
  readonly gpu?: number | undefined
  /** What decides how long a command's stages take, beside the device. */
  readonly sizeOf?: (command: Command) => string
}

/** Of one life: what has begun before in it is measured by itself. */
export function networkProcess<Command>({
  name,
  program,
  deadlines,
  gpu,
  sizeOf = () => '',
}: NetworkProcess<Command>): ProcessOptions<Command> {
  /** Stages that this life has begun before, with the size of their pictures. */
  const begun = new Set<string>()
  return {
    ...{ name, program, env: environmentOn(gpu), stdout: 'inherit' },
    deadlineOf(stage, command) {
      const sized = `${stage}${sizeOf(command)}`
      // A process may open and plan what it needs the first time, so that is measured by other first times.
      const measure = begun.has(sized) ? sized : `first ${sized}`
      begun.add(sized)
      const what = `The ${name} made no progress in "${stage}" and was stopped.`
      return {
        milliseconds: deadlines.of(measure),
        late: () => new Failure('engine-hung', what),
        took: (milliseconds) => deadlines.took(measure, milliseconds),
      }
    },
    failureOf: (ending) => failureOf(name, ending),
  }
}

function failureOf(name: string, { how, lastWords, ranOutOfMemory }: Ending): Failure {
  const said = lastWords && ` Its last words: ${lastWords}`
  if (isOutOfMemory(lastWords)) {
    return new Failure('out-of-memory', `The ${name} ran out of memory.${said}`)
  }
  if (ranOutOfMemory) {
    const what = `The system killed the ${name}, most likely for want of memory.`
    return new Failure('out-of-memory', what)
  }
  return new Failure('engine-crashed', `The ${name} crashed (${how}).${said}`)
}
