/** Builds the image's stages in folders, from the lines of its own Dockerfile. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { BuildStage, Step } from './dockerfile.ts'
import { addLayer, type Layers, mountReadOnly } from './layers.ts'

export interface BuiltStage {
  readonly layers: Layers
  readonly variables: Readonly<Record<string, string>>
  readonly folder: string
  readonly user: string
  readonly words: readonly string[]
  readonly weights: readonly LayerWeight[]
}

export interface LayerWeight {
  /** The step, shortened. */
  readonly step: string
  readonly bytes: number
}

export interface BuildOptions {
  /** What stands for the image that the first stage is from. */
  readonly base: Layers
  readonly scratch: string
  readonly root: string
  /** Of the context, within `root`. */
  readonly context: readonly string[]
  readonly print: (line: string) => void
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** By name. Throws where a step fails, after what it said. */
export function buildStages(
  stages: readonly BuildStage[],
  options: BuildOptions,
): ReadonlyMap<string, BuiltStage> {
  const built = new Map<string, BuiltStage>()
  for (const { name, base, steps } of stages) {
    options.print(`stage ${name}`)
    let stage = built.get(base) ?? bare(options.base)
    for (const step of steps) stage = takeStep(step, stage, built, options)
    built.set(name, stage)
  }
  return built
}

const bare = (layers: Layers): BuiltStage => ({
  ...{ layers, variables: { PATH }, folder: '/', user: 'root', words: [], weights: [] },
})

function takeStep(
  step: Step,
  stage: BuiltStage,
  built: ReadonlyMap<string, BuiltStage>,
  options: BuildOptions,
): BuiltStage {
  switch (step.kind) {
    case 'env':
      return { ...stage, variables: { ...stage.variables, ...step.variables } }
    case 'user':
      return { ...stage, user: step.value }
    case 'workdir':
      return written(stage, options, {
        what: `WORKDIR ${step.value}`,
        write: (root) => mkdirSync(join(root, step.value), { recursive: true }),
        folder: step.value,
      })
    case 'entrypoint':
    case 'cmd':
      return { ...stage, words: [...stage.words, ...step.words] }
    case 'expose':
      return stage
    case 'run':
      return written(stage, options, {
        what: `RUN ${step.command}`,
        write: (root) => run(root, stage, step.command),
      })
    case 'copy': {
      const { from, sources, target } = step
      return written(stage, options, {
        what: `COPY ${from === undefined ? '' : `--from=${from} `}${sources.join(' ')} ${target}`,
        write: (root) => {
          const to = join(root, target.startsWith('/') ? '/' : stage.folder, target)
          if (from === undefined) return copyContext(sources, to, options)
          const other = built.get(from)
          if (!other) throw new Error(`COPY --from=${from}: there is no such stage`)
          using view = mountReadOnly(other.layers, options.scratch)
          for (const source of sources) copyTree(join(view.path, source), to, target.endsWith('/'))
        },
      })
    }
  }
}

interface Writing {
  readonly what: string
  readonly write: (root: string) => void
  readonly folder?: string
}

const WIDEST = 100

function written(
  stage: BuiltStage,
  { scratch, print }: BuildOptions,
  { what, write, folder = stage.folder }: Writing,
): BuiltStage {
  const step = what.length > WIDEST ? `${what.slice(0, WIDEST - 1)}…` : what
  print(`  ${step}`)
  const { layers, bytes } = addLayer(stage.layers, scratch, write)
  return { ...stage, layers, folder, weights: [...stage.weights, { step, bytes }] }
}

/** With this machine's way to the network and the certificates that it trusts, as Docker gives a build its own. */
function run(root: string, { variables, folder }: BuiltStage, command: string): void {
  const trusted = '/run/trusted.pem'
  const trust = { NODE_EXTRA_CA_CERTS: trusted, PIP_CERT: trusted, PIP_ROOT_USER_ACTION: 'ignore' }
  execFileSync('mount', ['--bind', '/dev', join(root, 'dev')])
  execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')])
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(root, 'run')])
  cpSync('/etc/ssl/certs/ca-certificates.crt', join(root, trusted))
  for (const file of ['/etc/resolv.conf', '/etc/hosts']) {
    writeFileSync(join(root, file), '', { flag: 'a' })
    execFileSync('mount', ['--bind', file, join(root, file)])
  }
  const words = ['--chdir', folder, ...assigned({ ...variables, ...trust, HOME: '/root' })]
  const shell = ['chroot', root, '/usr/bin/env', '-i', ...words, '/bin/sh', '-c', command]
  execFileSync('/usr/bin/env', shell, { stdio: ['ignore', 'ignore', 'inherit'] })
}

export const assigned = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables).map(([name, value]) => `${name}=${value}`)

/** A folder's content goes into the target; a file becomes it, or goes into it where it ends with a slash. */
function copyContext(
  sources: readonly string[],
  to: string,
  { root, context }: BuildOptions,
): void {
  for (const source of sources) {
    const found = context.filter((path) => path === source || path.startsWith(`${source}/`))
    if (found.length === 0) throw new Error(`COPY ${source}: the context has no such thing`)
    for (const path of found) {
      const isInFolder = to.endsWith('/') || to.endsWith('/.')
      const within =
        path === source ? (isInFolder ? basename(path) : '') : path.slice(source.length)
      const target = join(to, within)
      mkdirSync(dirname(target), { recursive: true })
      cpSync(join(root, path), target)
    }
  }
}

function copyTree(source: string, to: string, isInto: boolean): void {
  mkdirSync(isInto ? to : dirname(to), { recursive: true })
  execFileSync('cp', ['-a', ...(isInto ? [source, to] : ['-T', source, to])])
}
