import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { sources } from './cuda-libraries.ts'

const text = await readFile(new URL('./cuda-requirements.txt', import.meta.url), 'utf8')
const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

it('pins each library by one version and one hash', () => {
  for (const line of lines) {
    expect(line).toMatch(/^nvidia-[a-z0-9-]+==\d+(\.\d+)+ --hash=sha256:[0-9a-f]{64}$/)
  }
})

it('has every library that the doctor would have fetched, in a version that fits', () => {
  for (const { pip } of Object.values(sources)) {
    const [name, least = ''] = pip.split('~=')
    const major = least.split('.')[0]
    expect(lines.some((line) => line.startsWith(`${name}==${major}.`))).toBe(true)
  }
})
