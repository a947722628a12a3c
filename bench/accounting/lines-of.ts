/** The lines of a file that a process appends to until it is killed. */
import { readFile } from 'node:fs/promises'

/** None where it was killed before the first. */
export async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}
