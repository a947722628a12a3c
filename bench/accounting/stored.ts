/** What lies in the storage when all is over: whole pictures, and what attempts that were killed have left. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { effectOf } from './effect.ts'
import { linesOf } from './lines-of.ts'
import type { Places } from './places.ts'
import type { Told } from './receiver.ts'

export interface Stored {
  /** Of each job whose pictures and thumbnails are where its callback said: what they are the effect of. */
  readonly published: ReadonlyMap<string, string>
  /** Staged files of attempts that were killed. */
  readonly left: number
  /** Staged files of attempts that came to their end, which should have taken them away. */
  readonly forgotten: number
}

const BUCKET = 'workspace-temp'

export async function lookIntoStorage(
  places: Places,
  { told, workers }: { readonly told: readonly Told[]; readonly workers: readonly string[] },
): Promise<Stored> {
  const published = new Map<string, string>()
  const completed = new Map(told.map((each) => [each.id, each]))
  for (const { id, status, pictures } of completed.values()) {
    const hashes = await Promise.all(pictures.map((each) => publishedHash(places.files, each)))
    const found = hashes.flatMap((sha256) => (sha256 === undefined ? [] : [{ sha256 }]))
    if (status === 'completed' && found.length > 0 && found.length === pictures.length) {
      published.set(id, effectOf(status, found))
    }
  }
  const ended = await endedAttempts(workers.map(places.log))
  const staged = await stagedFiles(places.files)
  const forgotten = staged.filter((attempt) => ended.has(attempt)).length
  return { published, left: staged.length - forgotten, forgotten }
}

/** Undefined where the picture or its thumbnail is not there. */
async function publishedHash(
  folder: string,
  { path, thumbnailPath }: Told['pictures'][number],
): Promise<string | undefined> {
  const [picture, thumbnail] = await Promise.all(
    [path, thumbnailPath].map((each) =>
      readFile(join(folder, BUCKET, each)).catch(() => undefined),
    ),
  )
  if (!picture || !thumbnail || thumbnail.toString('latin1', 8, 12) !== 'WEBP') return undefined
  return createHash('sha256').update(picture).digest('hex')
}

const logLine = z.object({ msg: z.string(), jobId: z.string(), fence: z.number() })

/** Those that the daemon itself says have ended: by then its files are published or taken away. */
async function endedAttempts(logs: readonly string[]): Promise<ReadonlySet<string>> {
  const lines = (await Promise.all(logs.map(linesOf))).flat()
  const ended = lines.filter((line) => line.includes('"ended"')).map((line) => JSON.parse(line))
  return new Set(ended.map((line) => nameOf(logLine.parse(line))))
}

/** The attempt of each file. */
async function stagedFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath }) => parentPath)
  return files.flatMap((path) => {
    const [, jobId, fence] = /\/([^/]+)\/\.staged\/(\d+)-\w+$/.exec(path) ?? []
    return jobId === undefined ? [] : [nameOf({ jobId, fence: Number(fence) })]
  })
}

const nameOf = ({ jobId, fence }: { readonly jobId: string; readonly fence: number }): string =>
  `${jobId} ${fence}`
