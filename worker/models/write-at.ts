/** Writes a piece of a file where it belongs. */
import type { FileHandle } from 'node:fs/promises'

/** At its place, not at the file's end: where that is, nobody else can change. */
export async function writeAt(file: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done)
    done += bytesWritten
  }
}
