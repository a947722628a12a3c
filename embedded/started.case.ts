/** `npm start` for tests: a process as a person has it, in a group of its own, as a terminal would give it one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { typescriptLoader } from '#platform/typescript-loader.ts'

export interface Started {
  readonly child: ChildProcess
  readonly url: string
  readonly output: () => string
  /** With its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  /** Resolves once `GET /ready` says 200. Throws what was said where it ends before. */
  readonly ready: () => Promise<void>
  /** To all of its processes, as Ctrl-C is. */
  readonly interrupt: () => void
  /** Its processes, whoever their parent is by now. */
  readonly processes: () => readonly number[]
  /** The process that draws. Throws where there is none. */
  readonly engine: () => number
}

const START = fileURLToPath(new URL('../start.ts', import.meta.url))
const living: ChildProcess[] = []

export function start(port: number, variables: Readonly<Record<string, string>>): Started {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [...typescriptLoader(), START], {
    env: { PATH, HOME, DEVICE: 'cpu', THREADS: '1', GATEWAY_PORT: String(port), ...variables },
    detached: true,
  })
  living.push(child)
  const pieces: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => pieces.push(String(data)))
  }
  const output = () => pieces.join('')
  const url = `http://127.0.0.1:${port}`
  const group = child.pid ?? Number.NaN
  return {
    ...{ child, url, output },
    ended: new Promise((resolve) => child.once('close', resolve)),
    async ready() {
      while (!(await answers(`${url}/ready`))) {
        if (child.exitCode !== null) throw new Error(output())
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    interrupt: () => process.kill(-group, 'SIGINT'),
    processes: () => processesOf(group),
    engine() {
      const found = processesOf(group).find((pid) => commandOf(pid).includes('engine/child.ts'))
      if (found === undefined) throw new Error(`there is no engine\n${output()}`)
      return found
    },
  }
}

/** Whatever a test has left, with its children. */
export function endAll(): void {
  for (const { pid } of living) {
    for (const each of pid === undefined ? [] : processesOf(pid)) process.kill(each, 'SIGKILL')
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

/** Ended ones that nobody has asked after are none. */
function processesOf(group: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    // After the name of the program, which may hold anything: state, parent, group.
    const [state, , itsGroup] = statusOf(name)
    return Number(itsGroup) === group && state !== 'Z' ? [pid] : []
  })
}

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function statusOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return []
  }
}
