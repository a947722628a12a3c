/** The same measurement by two versions of the code, turn by turn. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from '#contract'
import type { Device } from '#worker/engine/session.ts'
import { alternate } from '../measure/alternate.ts'
import { type RatioOfMedians, ratioOfMedians } from '../measure/bootstrap.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { checkOut } from './checkout.ts'
import { inFolder, type Subject } from './subjects.ts'

export interface Versions {
  /** The working tree, changes and all. */
  readonly root: string
  readonly ref: string
  readonly rounds: number
  readonly checkpoint: string
  readonly device: Device
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

export const verdicts = ['faster', 'slower', 'same within noise'] as const

export interface Compared extends RatioOfMedians {
  /** Of the working tree. */
  readonly verdict: (typeof verdicts)[number]
  readonly commit: string
  /** Milliseconds, in the order in which they were taken. */
  readonly raw: Readonly<Record<'tree' | 'ref', readonly number[]>>
}

/**
 * Each version runs its own script with its own code; packages are the working tree's. Throws `request-invalid`
 * where the ref has no such script. Nothing of the ref is left behind, also where the signal ends it.
 */
export async function compareVersions(subject: Subject, versions: Versions): Promise<Compared> {
  const { root, ref, rounds, signal } = versions
  await using checkout = await checkOut(root, ref)
  const folders = { tree: root, ref: checkout.folder }
  if (!existsSync(join(checkout.folder, subject.script))) {
    const message = `${ref} has no ${subject.script}: compare with a ref that came later, or by another --bench.`
    throw new Failure('request-invalid', message)
  }
  const raw: Record<keyof typeof folders, number[]> = { tree: [], ref: [] }
  for (const side of alternate(['tree', 'ref'] as const, rounds)) {
    signal.throwIfAborted()
    const ms = await once(subject, folders[side], versions)
    raw[side].push(ms)
    versions.print(`${side === 'ref' ? checkout.commit : 'this tree'}: ${ms.toFixed(1)} ms`)
  }
  const found = ratioOfMedians(raw.tree, raw.ref)
  return { ...found, verdict: verdictOf(found), commit: checkout.commit, raw }
}

function once(subject: Subject, folder: string, { signal, ...on }: Versions): Promise<number> {
  return inFolder(async (temporary) =>
    freshProcess({
      script: pathToFileURL(join(folder, subject.script)),
      task: await subject.task({ ...on, folder: temporary }),
      found: subject.found,
      folder,
      signal,
    }),
  )
}

/** Only what the timings' own scatter leaves no doubt of. */
export function verdictOf({ low, high }: RatioOfMedians): Compared['verdict'] {
  if (high < 1) return 'faster'
  return low > 1 ? 'slower' : 'same within noise'
}
