/** Reads a stored matrix with its rows and columns exchanged. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { FileRange } from './weight.ts'

/**
 * The elements of a [rows, columns] matrix as [columns, rows], whatever their width. Reads the file at once: SDXL has
 * one such matrix, of 3 MB.
 */
export function transposed(
  { file, offset, length }: FileRange,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Uint8Array {
  const stored = new Uint8Array(length)
  const handle = openSync(file, 'r')
  try {
    let done = 0
    while (done < length) {
      const read = readSync(handle, stored, done, length - done, offset + done)
      if (read === 0) throw new Error(`${file} ended while it was read`)
      done += read
    }
  } finally {
    closeSync(handle)
  }
  const width = length / (rows * columns)
  const moved = new Uint8Array(length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * width
      const to = (column * rows + row) * width
      for (let byte = 0; byte < width; byte++) moved[to + byte] = stored[from + byte] ?? 0
    }
  }
  return moved
}
