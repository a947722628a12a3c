/** Runs the finished image's own command as its own user, on a root file system that nobody can write to. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { assigned, type BuiltStage } from './build.ts'
import { mountReadOnly } from './layers.ts'

export interface Trial {
  readonly arguments: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
}

export interface TrialEnd {
  readonly status: number | null
  /** Of both streams. */
  readonly said: string
}

const PATIENCE_MS = 120_000

export function tryImage(image: BuiltStage, scratch: string, trial: Trial): TrialEnd {
  using view = mountReadOnly(image.layers, scratch)
  const at = (path: string) => join(view.path, path)
  execFileSync('mount', ['--bind', '/dev', at('dev')])
  execFileSync('mount', ['-t', 'proc', 'proc', at('proc')])
  // What an operator has to give a container whose root cannot be written to.
  for (const path of ['tmp', 'data']) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', at(path)])
  }
  cpSync('examples/cat.jpg', at('tmp/cat.jpg'))
  const [entry = '', ...usual] = image.words
  const words = trial.arguments.length > 0 ? trial.arguments : usual
  const variables = assigned({ ...image.variables, HOME: '/tmp', ...trial.variables })
  const { status, stdout, stderr } = spawnSync(
    'chroot',
    [
      ...[`--userspec=${image.user}:${image.user}`, view.path, '/usr/bin/env', '-i'],
      ...[`--chdir=${image.folder}`, ...variables, entry, ...words],
    ],
    { encoding: 'utf8', timeout: PATIENCE_MS },
  )
  return { status, said: `${stdout}${stderr}` }
}
