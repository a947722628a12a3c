/** The results that benches have kept, newest first. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const header = z.looseObject({
  bench: z.string(),
  date: z.string(),
  commit: z.string(),
  machine: z.looseObject({
    cpu: z.string(),
    cores: z.number(),
    gpu: z.object({ name: z.string() }).optional(),
  }),
})

export interface ResultFile {
  /** Without its folder. */
  readonly file: string
  readonly date: string
  readonly commit: string
  /** The card where there is one, else the processor. */
  readonly machine: string
  /** As the driver calls it. */
  readonly card: string | undefined
  /** All of it: each reader takes what it knows. */
  readonly content: unknown
}

/** Files that are no results are left out. Throws where the folder cannot be read. */
export async function readResults(folder: string): Promise<ResultFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const files = await Promise.all(names.map((name) => readResult(folder, name)))
  return files.flatMap((file) => file ?? []).toSorted((a, b) => b.date.localeCompare(a.date))
}

async function readResult(folder: string, file: string): Promise<ResultFile | undefined> {
  const content: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'))
  const { data } = header.safeParse(content)
  if (!data) return undefined
  const { date, commit, machine } = data
  const card = machine.gpu?.name
  return {
    file,
    date,
    commit,
    machine: card ?? `${machine.cpu}, ${machine.cores} cores`,
    card,
    content,
  }
}

/** What `schema` finds in the newest file that has it, and that file. */
export function newest<Found>(
  files: readonly ResultFile[],
  schema: z.ZodType<Found>,
): { readonly file: ResultFile; readonly found: Found } | undefined {
  for (const file of files) {
    const { success, data } = schema.safeParse(file.content)
    if (success) return { file, found: data }
  }
  return undefined
}
