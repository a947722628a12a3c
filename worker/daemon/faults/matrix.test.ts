import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const text = readFileSync(join(import.meta.dirname, '..', 'FAULTS.md'), 'utf8')
const rows = text.split('\n').filter((line) => /^\| [FA]\d/.test(line))
const numbers = (letter: string, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${letter}${first + i}`)

it('has a row for every fault and every figure, each once', () => {
  const asked = [...numbers('F', 1, 25), ...numbers('A', 1, 18), ...numbers('A', 24, 26)]
  expect(rows.map((row) => /[FA]\d+/.exec(row)?.[0])).toEqual(asked)
})

it('names tests that exist, and says of a row without one why', () => {
  const missing = [...text.matchAll(/`([\w./-]+\.ts)`((?: “[^”]+”)+)/g)].flatMap(
    ([, path = '', claims = '']) => {
      const file = join(ROOT, path)
      if (!existsSync(file)) return [path]
      const source = readFileSync(file, 'utf8')
      const named = [...claims.matchAll(/“([^”]+)”/g)].map(([, claim = '']) => claim)
      return named.filter((claim) => !source.includes(claim)).map((claim) => `${path}: ${claim}`)
    },
  )
  expect(missing).toEqual([])
  const untested = rows.filter((row) => !row.includes('.ts` “'))
  expect(untested.every((row) => row.includes('no test:'))).toBe(true)
})
