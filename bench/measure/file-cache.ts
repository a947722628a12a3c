/** Whether files come from memory or from the disk: made one or the other before a measurement. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Reads a file once, so that what reads it next finds it in memory. */
export async function warm(path: string): Promise<void> {
  for await (const _ of createReadStream(path, { highWaterMark: 1 << 22 }));
}

/** What could be dropped: everything takes root, one file's pages do not. */
export type Dropped = 'everything' | 'this file'

/**
 * Makes the kernel forget a file's pages, and those of all other files where it may be told to. Pages that some
 * process has mapped stay, so end those first. Throws where neither way is open.
 */
export async function drop(path: string): Promise<Dropped> {
  const run = promisify(execFile)
  // Pages that wait to be written cannot be dropped.
  await run('sync', [path])
  try {
    await writeFile('/proc/sys/vm/drop_caches', '1')
    return 'everything'
  } catch {
    // posix_fadvise(POSIX_FADV_DONTNEED) over the whole file, which Node has no call for.
    await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0'])
    return 'this file'
  }
}
