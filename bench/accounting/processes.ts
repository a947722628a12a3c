/** Processes that are there to be killed: one in each slot, each replaced when it dies. */
import { type ChildProcess, spawn } from 'node:child_process'
import { typescriptLoader } from '#platform/typescript-loader.ts'

export interface ProcessesOptions<Task> {
  /** What each is started with. It says `ready` once it is loaded, and is told its task then. */
  readonly file: string
  readonly slots: number
  /** Of the one that comes into a slot; `number` is new for each. */
  readonly taskOf: (slot: number, number: number) => Task
  /** What one says later on; undefined once it is no more. */
  readonly onWord?: (slot: number, word: unknown) => void
  /** The status with which one may end that could not begin yet: another is to try. */
  readonly tryAgain?: number
}

export interface Processes extends AsyncDisposable {
  /** Resolves once a kill need not wait. */
  readonly canKill: () => Promise<void>
  /** SIGKILL, once another can come in its place. @returns false where there is none in that slot just now. */
  readonly kill: (slot: number) => Promise<boolean>
  /** SIGSTOP: nothing of it runs, and what it holds stays held. @returns what lets it go on. */
  readonly freeze: (slot: number) => () => void
  /** Rejects once one ends otherwise than by SIGKILL. */
  readonly broken: Promise<never>
}

/** Loaded, and told of nothing yet. */
interface Spare {
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

/**
 * Whoever is killed, by whomever, is replaced by one that was started before: on a busy machine starts take longer than
 * the time between two kills, and nobody would ever work.
 */
export function keepProcesses<Task extends object>(options: ProcessesOptions<Task>): Processes {
  const { file, slots, taskOf, onWord = () => {}, tryAgain } = options
  const children: (ChildProcess | undefined)[] = Array.from({ length: slots })
  let told = 0
  let isOver = false
  let breakWith: (error: Error) => void = () => {}
  const broken = new Promise<never>((_, reject) => {
    breakWith = reject
  })
  // It may break when nobody listens any more.
  broken.catch(() => {})

  const spawned = (): Spare => {
    const child = spawn(process.execPath, [...typescriptLoader(), file], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000)
    })
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL' || (tryAgain !== undefined && code === tryAgain)) return
      breakWith(new Error(`${file} ended by itself with ${code ?? signal}: ${said}`))
    })
    const ready = new Promise<void>((resolve) => child.once('message', () => resolve()))
    return { child, ready }
  }
  let spare = spawned()

  const fill = async (slot: number): Promise<void> => {
    const { child, ready } = spare
    spare = spawned()
    child.once('exit', () => {
      children[slot] = undefined
      onWord(slot, undefined)
      if (!isOver) void fill(slot)
    })
    children[slot] = child
    await ready
    child.on('message', (word) => children[slot] === child && onWord(slot, word))
    // One that was killed meanwhile hears nothing.
    child.send(taskOf(slot, told++), () => {})
  }
  for (const slot of children.keys()) void fill(slot)

  return {
    broken,
    canKill: () => spare.ready,
    async kill(slot) {
      await spare.ready
      return await killed(children[slot])
    },
    freeze(slot) {
      const child = children[slot]
      child?.kill('SIGSTOP')
      return () => child?.kill('SIGCONT')
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await Promise.all([...children, spare.child].map(killed))
    },
  }
}

/** False where there was nothing to kill. */
async function killed(child: ChildProcess | undefined): Promise<boolean> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return false
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
  return true
}
