/** Ends with a test file what is kept by a module, which one process may share among many files. */
import { afterAll } from 'vitest'

const ends: (() => Promise<void>)[] = []

/** `end` is called once, after the last test of the file that runs. */
export function endWithFile(end: () => Promise<void>): void {
  ends.push(end)
}

/** Called before each test file: a hook at the top of a shared module would be the first file's alone. */
export function setUpFile(): void {
  afterAll(async () => {
    await Promise.all(ends.splice(0).map((end) => end()))
  })
}
