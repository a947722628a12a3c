/** Workers in processes of their own, to be killed, frozen and told to go: the daemon's loop with a stubbed engine. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { typescriptLoader } from '#platform/typescript-loader.ts'

export interface WorkerTask {
  readonly redis: string
  /** Of the queue. */
  readonly queue: string
  /** Of the worker, new at every start. */
  readonly name: string
  /** Where pictures go. */
  readonly folder: string
  readonly leaseMs: number
  /** How long the stub takes for a picture. */
  readonly drawMs: number
  /** For so long of that it holds the event loop. */
  readonly busyMs?: number
  /** It stops itself (SIGSTOP) in the middle of each picture. */
  readonly freezes?: boolean
  /** How wrong the process's own clock is. */
  readonly clockMs?: number
}

export type WorkerSays =
  | { readonly event: 'drawing'; readonly id: string }
  | { readonly event: 'ended'; readonly id: string; readonly outcome: string }

export interface SpawnedWorker extends AsyncDisposable {
  readonly name: string
  readonly child: ChildProcess
  /** Everything so far, oldest first. */
  readonly said: readonly WorkerSays[]
  readonly hasExited: () => boolean
  /** SIGKILL, and resolves once it is gone. */
  readonly kill: () => Promise<void>
}

const WORKER = fileURLToPath(new URL('stub-worker.case.ts', import.meta.url))

export function spawnWorker(
  task: WorkerTask,
  onSaid: (says: WorkerSays, worker: SpawnedWorker) => void = () => {},
): SpawnedWorker {
  const child = fork(WORKER, [JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...typescriptLoader()],
  })
  const said: WorkerSays[] = []
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const worker: SpawnedWorker = {
    name: task.name,
    child,
    said,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    [Symbol.asyncDispose]: () => worker.kill(),
  }
  child.on('message', (says: WorkerSays) => {
    said.push(says)
    onSaid(says, worker)
  })
  return worker
}

/** A job whose prompt names it, which is all that a stub sees of it. */
export const named = (id: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ id, type: 'sdxl_image_fast', prompt: `job ${id}`, user_id: 'someone', ...more })
