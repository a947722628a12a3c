/** The files that a build of the image is given: those of the tree that .dockerignore lets through. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths within `root`: what git tracks there, or would. */
export function contextOf(root: string): string[] {
  const patterns = readFileSync(join(root, '.dockerignore'), 'utf8')
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  const isGiven = createIgnore(patterns)
  return listed
    .toString()
    .split('\n')
    .filter((path) => path !== '' && isGiven(path))
}

/** Of the last line that fits a path, or a folder that it is in, is whether it is given; `!` gives. */
export function createIgnore(text: string): (path: string) => boolean {
  const lines = text.split('\n').map((line) => line.trim())
  const rules = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isGiven: line.startsWith('!'), fits: matcher(line.replace(/^!/, '')) }))
  return (path) => rules.findLast(({ fits }) => fits(path))?.isGiven ?? true
}

function matcher(pattern: string): (path: string) => boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  const expression = escaped
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?')
  const whole = new RegExp(`^${expression}(?:/.*)?$`)
  return (path) => whole.test(path)
}
